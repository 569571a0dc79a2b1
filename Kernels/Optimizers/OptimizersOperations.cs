using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Optimizers;

/// <summary>Operations over flat arenas of parameters, in place.</summary>
public static class OptimizersOperations
{
    public static Operation<AdamWArguments> AdamW { get; } = new(
        "adamw",
        "Optimizers",
        "one AdamW step, with clipping by a norm that stays on the device",
        OptimizerCases.AdamW,
        CpuVariant.Simd<AdamWArguments, AdamW>(),
        OptimizerKernels.AdamWVariant);

    public static Operation<ClipByNormArguments> ClipByNorm { get; } = new(
        "clip-by-norm",
        "Optimizers",
        "g = g * min(1, maximum / norm)",
        OptimizerCases.Clip,
        CpuVariant.Simd<ClipByNormArguments, ClipByNorm>(),
        OptimizerKernels.ClipVariant);

    public static Operation<ExponentialAverageArguments> ExponentialAverage { get; } = new(
        "exponential-average",
        "Optimizers",
        "a = a - (1 - decay) * (a - p)",
        OptimizerCases.Average,
        CpuVariant.Simd<ExponentialAverageArguments, ExponentialAverage>(),
        OptimizerKernels.AverageVariant);

    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All => [AdamW, ClipByNorm, ExponentialAverage];
}
