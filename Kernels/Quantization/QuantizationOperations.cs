using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Quantization;

/// <summary>Vector quantisation: nearest codewords and the gradients of its losses.</summary>
public static class QuantizationOperations
{
    public static Operation<NearestCodewordArguments> NearestCodeword { get; } = new(
        "nearest-codeword",
        "Quantization",
        "index = argmin |z - e|^2, q = e[index]",
        QuantizationCases.Nearest,
        CpuVariant.Simd<NearestCodewordArguments, NearestCodeword>(),
        QuantizationKernels.NearestVariant);

    public static Operation<StraightThroughBackwardArguments> StraightThroughBackward { get; } = new(
        "straight-through-backward",
        "Quantization",
        "dz = dq + scale * (z - e[index])",
        QuantizationCases.StraightThrough,
        CpuVariant.Simd<StraightThroughBackwardArguments, StraightThroughBackward>(),
        QuantizationKernels.StraightVariant);

    public static Operation<CodebookGradientArguments> CodebookGradient { get; } = new(
        "codebook-gradient",
        "Quantization",
        "de[k] = scale * sum of (e[k] - z[i]) with index[i] = k",
        QuantizationCases.CodebookGradient,
        CpuVariant.Simd<CodebookGradientArguments, CodebookGradient>(),
        QuantizationKernels.CodebookVariant);

    public static Operation<CodewordUsageArguments> CodewordUsage { get; } = new(
        "codeword-usage",
        "Quantization",
        "count[k] = how often k occurs",
        QuantizationCases.Usage,
        CpuVariant.Simd<CodewordUsageArguments, CodewordUsage>(),
        QuantizationKernels.UsageVariant);

    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All => [NearestCodeword, StraightThroughBackward, CodebookGradient, CodewordUsage];
}
