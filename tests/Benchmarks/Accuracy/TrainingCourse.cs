using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Models;
using KernelDiff.Engine.Tensors;
using KernelDiff.Engine.Training;

namespace KernelDiff.Benchmarks;

/// <summary>What 200 steps of training make of a network of the demo model's size: P2-weighted noise prediction, from one seed.</summary>
/// <param name="Losses">Of each step.</param>
/// <param name="Initial">Weights before the first step.</param>
/// <param name="Weights">Weights after the last.</param>
/// <param name="Average">Their moving average after the last.</param>
internal sealed record TrainingCourse(IReadOnlyList<float> Losses, float[] Initial, float[] Weights, float[] Average)
{
    private const int Steps = 200;

    private static readonly DiffusionTrainingConfiguration Configuration = new()
    {
        Steps = Steps,
        Batch = 4,
        LearningRate = 4e-4f,
        WarmUp = 20,
        EmaDecay = 0.999f,
        P2Exponent = 0.5,
        Mirror = false,
    };

    public static TrainingCourse Train(AccuracyVariant variant, int threads, ModelConfiguration model, ILatentSource data)
    {
        using var device = variant.Open(threads);
        using var session = new Session(device);
        using var firstStage = new FirstStage(session, model.FirstStage, withGradients: false);
        using var trainer = new DiffusionTrainer(session, model, Configuration, data, firstStage);
        var initial = trainer.Arena.TrainedValues.ToArray();
        var losses = new float[Steps];
        for (var i = 0; i < Steps; i++)
        {
            losses[i] = trainer.Step().Loss;
        }

        return new TrainingCourse(
            losses, initial, trainer.Arena.TrainedValues.ToArray(), trainer.Average.Values.Slice(0, initial.Length).ToArray());
    }
}
