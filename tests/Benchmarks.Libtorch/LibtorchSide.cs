using System.Diagnostics;
using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Files;
using TorchSharp;
using static TorchSharp.torch;

namespace KernelDiff.Benchmarks.Libtorch;

/// <summary>libtorch in eager mode through TorchSharp, in the memory layout of images that is faster for the workload.</summary>
internal sealed class LibtorchSide : ISide
{
    private const int Trials = 3;

    private readonly LibtorchWork work;

    public LibtorchSide(string folder, int threads)
    {
        set_num_threads(threads);
        var channelsLast = Time(folder, channelsLast: true) < Time(folder, channelsLast: false);
        work = new LibtorchWork(folder, channelsLast);
        Description = $"TorchSharp {typeof(torch).Assembly.GetName().Version}, libtorch {__version__}, eager, "
            + (channelsLast ? "channels last" : "channels first");
    }

    public string Description { get; }

    public void Run() => work.Run();

    public float[] Output() => work.Output();

    public void Dispose() => work.Dispose();

    /// <summary>Seconds of the shortest of some runs, after one to warm up.</summary>
    private static double Time(string folder, bool channelsLast)
    {
        using var work = new LibtorchWork(folder, channelsLast);
        work.Run();
        return Enumerable.Range(0, Trials).Min(_ =>
        {
            var start = Stopwatch.GetTimestamp();
            work.Run();
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        });
    }
}

/// <summary>A loaded workload.</summary>
internal sealed class LibtorchWork : IDisposable
{
    private readonly bool isTraining;
    private readonly StateDict weights;
    private readonly Dictionary<string, Tensor> inputs = [];
    private readonly Func<Tensor> forward;
    private readonly TrainingStep? training;

    public LibtorchWork(string folder, bool channelsLast)
    {
        var workload = Workload.Load(folder);
        isTraining = workload.IsTraining;
        weights = new StateDict(WorkloadFolder.WeightsOf(folder), workload.Prefix, channelsLast, isTraining);
        ReadInputs(folder, channelsLast);
        if (workload.Part == ModelPart.UNet)
        {
            var network = new TorchUNet(workload.Model.UNet!, weights, isTraining);
            forward = () => network.Forward(inputs["latent"], inputs["timesteps"], inputs.GetValueOrDefault("context"));
        }
        else
        {
            var network = new TorchDecoder(workload.Model.FirstStage.Encoder, weights);
            forward = () => network.Forward(inputs["latent"]);
        }

        training = isTraining ? new TrainingStep(weights, forward, inputs["noise"]) : null;
    }

    public void Run()
    {
        if (training is not null)
        {
            training.Run();
            return;
        }

        using var mode = inference_mode();
        using var output = forward();
    }

    public float[] Output()
    {
        if (training is not null)
        {
            training.Run();
            return [.. weights.Ordered.SelectMany(parameter => Values(parameter.grad!))];
        }

        using var mode = inference_mode();
        using var output = forward();
        return Values(output);
    }

    public void Dispose()
    {
        training?.Dispose();
        weights.Dispose();
        foreach (var input in inputs.Values)
        {
            input.Dispose();
        }
    }

    private static float[] Values(Tensor tensor)
    {
        using var plain = tensor.contiguous();
        return plain.data<float>().ToArray();
    }

    private void ReadInputs(string folder, bool channelsLast)
    {
        using var file = WeightFile.Open(WorkloadFolder.InputsOf(folder));
        foreach (var tensor in file.Tensors)
        {
            var read = StateDict.Read(file, tensor);
            inputs[tensor.Name] = channelsLast && tensor.Shape.Length == 4 ? read.Then(StateDict.ChannelsLast) : read;
        }
    }
}
