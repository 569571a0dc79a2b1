using KernelDiff.Kernels;

namespace KernelDiff.Engine.Tensors;

/// <summary>A trained tensor: a range of a <see cref="ParameterArena"/>, with a gradient beside it.</summary>
public sealed class Parameter : Tensor
{
    internal Parameter(
        Session session, ParameterSpecification specification, DeviceSpan<float> value, DeviceSpan<float> gradient)
        : base(session, specification.Shape, ElementType.Single, Storage.Borrow(session.Device), value)
    {
        Specification = specification;
        Gradient = gradient;
        RequiresGradient = !specification.IsFrozen && !gradient.IsAbsent;
    }

    public ParameterSpecification Specification { get; }

    /// <summary>Full name in the state dict.</summary>
    public string Name => Specification.Name;

    /// <summary>Sum of the gradients of all backward passes since the arena's gradients were cleared; absent without gradients.</summary>
    public DeviceSpan<float> Gradient { get; }
}
