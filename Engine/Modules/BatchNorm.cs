using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Modules;

/// <summary>Batch normalisation over the last dimension; the running statistics are frozen parameters.</summary>
public sealed class BatchNorm : Module
{
    private const float Momentum = 0.1f;
    private const float Epsilon = 1e-5f;

    private readonly ParameterSlot weight;
    private readonly ParameterSlot bias;
    private readonly ParameterSlot runningMean;
    private readonly ParameterSlot runningVariance;

    public BatchNorm(int channels)
    {
        var shape = new TensorShape(channels);
        weight = Declare(ParameterSpecification.Plain("weight", shape, Initializer.Normal(0.02f) with { Mean = 1 }));
        bias = Declare(ParameterSpecification.Plain("bias", shape, Initializer.Zero));
        runningMean = Declare(ParameterSpecification.Plain("running_mean", shape, Initializer.Zero) with { IsFrozen = true });
        runningVariance = Declare(ParameterSpecification.Plain("running_var", shape, Initializer.One) with { IsFrozen = true });
    }

    /// <param name="input">[..., channels].</param>
    /// <param name="isTraining">Whether to use the statistics of this batch and to update the running ones.</param>
    public Tensor Forward(Tensor input, bool isTraining) => isTraining
        ? Normalizations.BatchNormTraining(
            input, weight.Value, bias.Value, runningMean.Value, runningVariance.Value, Momentum, Epsilon)
        : Normalizations.BatchNormEvaluation(input, weight.Value, bias.Value, runningMean.Value, runningVariance.Value, Epsilon);
}
