using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Reduction;

/// <summary>Operations that make few numbers of many: sums, norms, maxima, softmax, counts.</summary>
public static class ReductionOperations
{
    public static Operation<NormArguments> Norm { get; } = new(
        "l2-norm",
        "Reduction",
        "y = sqrt(sum of x^2)",
        FlatSumCases.Norm,
        CpuVariant.Simd<NormArguments, Norm>(),
        SumKernels.NormVariant);

    public static Operation<DotArguments> Dot { get; } = new(
        "dot",
        "Reduction",
        "y = sum of a * b",
        FlatSumCases.Dot,
        CpuVariant.Simd<DotArguments, Dot>(),
        SumKernels.DotVariant);

    /// <summary>Over the middle axis.</summary>
    public static Operation<ReductionArguments> Sum { get; } = new(
        "sum",
        "Reduction",
        "y[o, i] = sum over r of x[o, r, i]",
        SumCases.Sum,
        CpuVariant.Simd<ReductionArguments, Sum>(),
        SumKernels.SumVariant);

    public static Operation<ReductionBackwardArguments> SumBackward { get; } = new(
        "sum-backward",
        "Reduction",
        "dx[o, r, i] = dy[o, i]",
        SumCases.SumBackward,
        CpuVariant.Simd<ReductionBackwardArguments, SumBackward>(),
        SumKernels.SumBackwardVariant);

    /// <summary>Over the middle axis.</summary>
    public static Operation<ReductionArguments> Mean { get; } = new(
        "mean",
        "Reduction",
        "y[o, i] = mean over r of x[o, r, i]",
        SumCases.Mean,
        CpuVariant.Simd<ReductionArguments, Mean>(),
        SumKernels.MeanVariant);

    public static Operation<ReductionBackwardArguments> MeanBackward { get; } = new(
        "mean-backward",
        "Reduction",
        "dx[o, r, i] = dy[o, i] / reduced",
        SumCases.MeanBackward,
        CpuVariant.Simd<ReductionBackwardArguments, MeanBackward>(),
        SumKernels.MeanBackwardVariant);

    /// <summary>Over the last axis.</summary>
    public static Operation<SoftmaxArguments> Softmax { get; } = new(
        "softmax",
        "Reduction",
        "y = e^(x - m) / sum of e^(x - m), m the maximum of the row",
        SoftmaxCases.Softmax,
        CpuVariant.Simd<SoftmaxArguments, Softmax>(),
        SoftmaxKernels.SoftmaxVariant);

    public static Operation<SoftmaxBackwardArguments> SoftmaxBackward { get; } = new(
        "softmax-backward",
        "Reduction",
        "dx = y * (dy - sum of y * dy)",
        SoftmaxCases.SoftmaxBackward,
        CpuVariant.Simd<SoftmaxBackwardArguments, SoftmaxBackward>(),
        SoftmaxKernels.SoftmaxBackwardVariant);

    /// <summary>Over the last axis.</summary>
    public static Operation<SoftmaxArguments> LogSoftmax { get; } = new(
        "log-softmax",
        "Reduction",
        "y = x - m - log(sum of e^(x - m)), m the maximum of the row",
        SoftmaxCases.LogSoftmax,
        CpuVariant.Simd<SoftmaxArguments, LogSoftmax>(),
        SoftmaxKernels.LogSoftmaxVariant);

    public static Operation<SoftmaxBackwardArguments> LogSoftmaxBackward { get; } = new(
        "log-softmax-backward",
        "Reduction",
        "dx = dy - e^y * sum of dy",
        SoftmaxCases.LogSoftmaxBackward,
        CpuVariant.Simd<SoftmaxBackwardArguments, LogSoftmaxBackward>(),
        SoftmaxKernels.LogSoftmaxBackwardVariant);

    /// <summary>Over the middle axis, with indices.</summary>
    public static Operation<MaximumArguments> Maximum { get; } = new(
        "maximum-over-axis",
        "Reduction",
        "y[o, i] = max over r of x[o, r, i], and the first r that has it",
        MaximumCases.Forward,
        CpuVariant.Simd<MaximumArguments, Maximum>(),
        MaximumKernels.Variant);

    public static Operation<MaximumBackwardArguments> MaximumBackward { get; } = new(
        "maximum-over-axis-backward",
        "Reduction",
        "dx[o, r, i] = dy[o, i] where r is the index, else 0",
        MaximumCases.Backward,
        CpuVariant.Simd<MaximumBackwardArguments, MaximumBackward>(),
        MaximumKernels.BackwardVariant);

    public static Operation<ConfusionMatrixArguments> ConfusionMatrix { get; } = new(
        "confusion-matrix",
        "Reduction",
        "c[i, j] = number of labels i that were predicted as j",
        ConfusionMatrixCases.All,
        CpuVariant.Simd<ConfusionMatrixArguments, ConfusionMatrix>(),
        ConfusionMatrixKernels.Variant);

    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All =>
    [
        Norm, Dot, Sum, SumBackward, Mean, MeanBackward, Softmax, SoftmaxBackward, LogSoftmax, LogSoftmaxBackward,
        Maximum, MaximumBackward, ConfusionMatrix,
    ];
}
