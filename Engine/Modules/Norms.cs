using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Modules;

/// <summary>Group normalisation over the last dimension, optionally with SiLU and with scale and shift per image.</summary>
public sealed class GroupNorm : Module
{
    private readonly ParameterSlot weight;
    private readonly ParameterSlot bias;
    private readonly int groups;
    private readonly float epsilon;

    public GroupNorm(int channels, int groups, float epsilon)
    {
        this.groups = groups;
        this.epsilon = epsilon;
        weight = Declare(ParameterSpecification.Plain("weight", new TensorShape(channels), Initializer.One));
        bias = Declare(ParameterSpecification.Plain("bias", new TensorShape(channels), Initializer.Zero));
    }

    /// <param name="input">[batch, ..., channels].</param>
    /// <param name="silu">Whether SiLU follows.</param>
    /// <param name="scaleShift">[batch, 2 · channels], or null.</param>
    public Tensor Forward(Tensor input, bool silu = false, Tensor? scaleShift = null) =>
        Normalizations.GroupNorm(input, weight.Value, bias.Value, groups, epsilon, silu, scaleShift);
}

/// <summary>Layer normalisation over the last dimension.</summary>
public sealed class LayerNorm : Module
{
    private readonly ParameterSlot weight;
    private readonly ParameterSlot bias;
    private readonly float epsilon;

    public LayerNorm(int channels, float epsilon = 1e-5f)
    {
        this.epsilon = epsilon;
        weight = Declare(ParameterSpecification.Plain("weight", new TensorShape(channels), Initializer.One));
        bias = Declare(ParameterSpecification.Plain("bias", new TensorShape(channels), Initializer.Zero));
    }

    /// <param name="input">[..., channels].</param>
    public Tensor Forward(Tensor input) => Normalizations.LayerNorm(input, weight.Value, bias.Value, epsilon);
}
