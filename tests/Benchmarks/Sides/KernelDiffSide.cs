using System.Reflection;
using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Networks;
using KernelDiff.Engine.Tensors;
using KernelDiff.Engine.Training;
using KernelDiff.Kernels;
using Module = KernelDiff.Engine.Modules.Module;

namespace KernelDiff.Benchmarks;

/// <summary>This engine, on one of its devices.</summary>
internal sealed class KernelDiffSide : ISide
{
    private readonly Workload workload;
    private readonly Device device;
    private readonly Session session;
    private readonly ParameterArena arena;
    private readonly Func<Tensor> forward;
    private readonly AdamW? optimizer;
    private readonly ExponentialMovingAverage? average;
    private readonly Dictionary<string, (float[] Values, TensorShape Shape)> inputs = [];

    public KernelDiffSide(string folder, string deviceName, int threads, ConvolutionAlgorithm algorithm)
    {
        workload = Workload.Load(folder);
        device = DeviceCatalog.Open(deviceName, new DeviceOptions { Threads = deviceName == "cpu" ? threads : null });
        device.Algorithm = algorithm;
        session = new Session(device);
        (var network, forward) = CreateNetwork();
        arena = network.Materialize(session, workload.IsTraining);
        using (var weights = WeightFile.Open(WorkloadFolder.WeightsOf(folder)))
        {
            arena.LoadAll(weights, workload.Prefix);
        }

        ReadInputs(folder);
        if (workload.IsTraining)
        {
            optimizer = new AdamW(session, arena, new AdamWOptions());
            average = new ExponentialMovingAverage(session, arena);
        }
    }

    public string Description
    {
        get
        {
            var version = typeof(Device).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
            return $"{version} on {device.Name} ({device.Description.Hardware}, {device.Description.Language}), convolutions {device.Algorithm}";
        }
    }

    public long TakePeakDeviceBytes()
    {
        var peak = device.Pool.PeakBytes;
        device.Pool.Trim();
        device.Pool.ResetPeak();
        return peak;
    }

    public void Run()
    {
        if (optimizer is null)
        {
            using var scope = session.BeginWithoutGradient();
            forward();
        }
        else
        {
            Train();
        }

        session.Device.Synchronize();
    }

    public float[] Output()
    {
        if (optimizer is not null)
        {
            Train();
            return [.. arena.Parameters.OrderBy(parameter => parameter.Name, StringComparer.Ordinal).SelectMany(GradientOf)];
        }

        using var scope = session.BeginWithoutGradient();
        var output = forward();
        return Swap(output.ToArray(), output.Shape[0], output.Shape[1] * output.Shape[2], output.Shape[3]);
    }

    public void Dispose()
    {
        optimizer?.Dispose();
        average?.Dispose();
        arena.Dispose();
        session.Dispose();
        device.Dispose();
    }

    private static float[] GradientOf(Parameter parameter)
    {
        var gradient = new float[parameter.Gradient.Length];
        parameter.Gradient.CopyTo(gradient);
        return ParameterLayouts.ToFile(parameter.Specification, gradient);
    }

    private (Module Network, Func<Tensor> Forward) CreateNetwork()
    {
        if (workload.Part == ModelPart.UNet)
        {
            var network = new UNet(workload.Model.UNet!);
            return (network, () => network.Forward(Input("latent"), Input("timesteps"), workload.Tokens > 0 ? Input("context") : null));
        }

        var autoencoder = new VqAutoencoder(workload.Model.FirstStage.Vq!);
        return (autoencoder, () => autoencoder.Decode(Input("latent")));
    }

    private void Train()
    {
        arena.ClearGradients();
        using (var tape = session.BeginTape())
        {
            tape.Backward(LossFunctions.SquaredError(forward(), Input("noise")).Mean);
        }

        using var scope = session.BeginScope();
        optimizer!.Step();
        average!.Update();
    }

    private Tensor Input(string name)
    {
        var (values, shape) = inputs[name];
        return session.FromValues<float>(values, shape);
    }

    private void ReadInputs(string folder)
    {
        using var file = WeightFile.Open(WorkloadFolder.InputsOf(folder));
        foreach (var tensor in file.Tensors)
        {
            var (values, sizes) = (file.ReadSingle(tensor), tensor.Shape);
            inputs[tensor.Name] = sizes.Length == 4
                ? (Swap(values, sizes[0], sizes[1], sizes[2] * sizes[3]), new TensorShape(sizes[0], sizes[2], sizes[3], sizes[1]))
                : (values, new TensorShape([.. sizes]));
        }
    }

    /// <summary>[batch, rows, columns] to [batch, columns, rows]: between the orders of images here and in PyTorch.</summary>
    private static float[] Swap(float[] values, int batch, int rows, int columns)
    {
        var swapped = new float[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var (image, row, column) = (i / (rows * columns), i / columns % rows, i % columns);
            swapped[(((image * columns) + column) * rows) + row] = values[i];
        }

        return swapped;
    }
}
