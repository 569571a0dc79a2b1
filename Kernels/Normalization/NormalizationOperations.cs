using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>Operations that remove mean and variance.</summary>
public static class NormalizationOperations
{
    /// <summary>Per image and group of channels, with scale-shift and SiLU fused.</summary>
    public static Operation<GroupNormArguments> GroupNorm { get; } = new(
        "group-norm",
        "Normalization",
        "y = silu(((x - mean) / sqrt(variance + epsilon) * weight + bias) * (1 + scale) + shift) per image and group of channels",
        GroupNormCases.Forward,
        CpuVariant.Simd<GroupNormArguments, GroupNorm>(),
        GroupNormKernels.TreeVariant,
        GroupNormKernels.WideVariant);

    public static Operation<GroupNormBackwardArguments> GroupNormBackward { get; } = new(
        "group-norm-backward",
        "Normalization",
        "dx, and the gradients of weight, bias, scale and shift, of group-norm",
        GroupNormBackwardCases.All,
        CpuVariant.Simd<GroupNormBackwardArguments, GroupNormBackward>(),
        GroupNormBackwardKernels.TreeVariant,
        GroupNormBackwardKernels.WideVariant);

    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All => [GroupNorm, GroupNormBackward];
}
