using KernelDiff.Engine.Training;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using AdamW = TorchSharp.Modules.AdamW;

namespace KernelDiff.Benchmarks.Libtorch;

/// <summary>Forward, backward, AdamW and the moving average of all parameters, in eager mode with autograd.</summary>
internal sealed class TrainingStep : IDisposable
{
    private const float MaximumDecay = 0.9999f;

    private readonly Func<Tensor> forward;
    private readonly Tensor noise;
    private readonly AdamW optimizer;
    private readonly List<(Tensor Parameter, Tensor Average)> averages;
    private int updates;

    public TrainingStep(StateDict weights, Func<Tensor> forward, Tensor noise)
    {
        this.forward = forward;
        this.noise = noise;
        var options = new AdamWOptions();
        optimizer = optim.AdamW(
            weights.Ordered, options.LearningRate, options.Beta1, options.Beta2, options.Epsilon, options.WeightDecay);
        averages = [.. weights.Ordered.Select(parameter => (parameter, parameter.detach().Then(value => value.clone())))];
    }

    public void Run()
    {
        optimizer.zero_grad();
        using (var predicted = forward())
        using (var loss = functional.mse_loss(predicted, noise))
        {
            loss.backward();
        }

        optimizer.step();
        Average();
    }

    public void Dispose()
    {
        optimizer.Dispose();
        averages.ForEach(entry => entry.Average.Dispose());
    }

    private void Average()
    {
        updates++;
        using var mode = no_grad();
        using var weight = tensor(1 - Math.Min(MaximumDecay, (1f + updates) / (10f + updates)));
        foreach (var (parameter, average) in averages)
        {
            average.lerp_(parameter, weight);
        }
    }
}
