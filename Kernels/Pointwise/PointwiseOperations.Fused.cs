using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Pointwise;

public static partial class PointwiseOperations
{
    /// <summary>leftScale · left + rightScale · right with coefficients for each image; its own backward pass.</summary>
    public static Operation<MixArguments> Mix { get; } = new(
        "mix",
        Family,
        "y[i] = leftScale[i] * left[i] + rightScale[i] * right[i] for image i",
        () => MixCases.All(() => Mix!),
        CpuVariant.Simd<MixArguments, Mix>(),
        MixKernels.Variant);

    /// <summary>The first half of each row times the GELU of the second.</summary>
    public static Operation<GegluArguments> Geglu { get; } = new(
        "geglu",
        Family,
        "y = value * gelu(gate)",
        () => GegluCases.Forward(() => Geglu!),
        CpuVariant.Simd<GegluArguments, GegluForward>(),
        GegluKernels.ForwardVariant);

    public static Operation<GegluBackwardArguments> GegluBackward { get; } = new(
        "geglu-backward",
        Family,
        "dvalue = dy * gelu(gate), dgate = dy * value * gelu'(gate)",
        () => GegluCases.Backward(() => GegluBackward!),
        CpuVariant.Simd<GegluBackwardArguments, GegluBackward>(),
        GegluKernels.BackwardVariant);

    /// <summary>Elements that a key chooses, scaled, the others zero; its own backward pass, with the same key.</summary>
    public static Operation<DropoutArguments> Dropout { get; } = new(
        "dropout",
        Family,
        "y = x / keep with probability keep, else 0",
        () => DropoutCases.All(() => Dropout!),
        CpuVariant.Simd<DropoutArguments, Dropout>(),
        DropoutKernels.Variant);
}
