using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Losses;

/// <summary>Losses, weighted by sample, and their gradients.</summary>
public static class LossesOperations
{
    public static Operation<ElementLossArguments> SquaredError { get; } = new(
        "squared-error",
        "Losses",
        "mean of (x - t)^2",
        ElementLossCases.SquaredError,
        CpuVariant.Simd<ElementLossArguments, ElementLoss<SquaredFunction>>(),
        LossKernels.SquaredVariant);

    public static Operation<ElementLossGradientArguments> SquaredErrorGradient { get; } = new(
        "squared-error-gradient",
        "Losses",
        "dx = 2 (x - t) / n",
        ElementLossCases.SquaredErrorGradient,
        CpuVariant.Simd<ElementLossGradientArguments, ElementLossGradient<SquaredFunction>>(),
        LossKernels.SquaredGradientVariant);

    public static Operation<ElementLossArguments> AbsoluteError { get; } = new(
        "absolute-error",
        "Losses",
        "mean of |x - t|",
        ElementLossCases.AbsoluteError,
        CpuVariant.Simd<ElementLossArguments, ElementLoss<AbsoluteFunction>>(),
        LossKernels.AbsoluteVariant);

    public static Operation<ElementLossGradientArguments> AbsoluteErrorGradient { get; } = new(
        "absolute-error-gradient",
        "Losses",
        "dx = sign(x - t) / n",
        ElementLossCases.AbsoluteErrorGradient,
        CpuVariant.Simd<ElementLossGradientArguments, ElementLossGradient<AbsoluteFunction>>(),
        LossKernels.AbsoluteGradientVariant);

    public static Operation<ElementLossArguments> BinaryCrossEntropy { get; } = new(
        "binary-cross-entropy",
        "Losses",
        "mean of ln(1 + e^x) - x t",
        ElementLossCases.BinaryCrossEntropy,
        CpuVariant.Simd<ElementLossArguments, ElementLoss<BinaryCrossEntropyFunction>>(),
        LossKernels.BinaryCrossEntropyVariant);

    public static Operation<ElementLossGradientArguments> BinaryCrossEntropyGradient { get; } = new(
        "binary-cross-entropy-gradient",
        "Losses",
        "dx = (sigmoid(x) - t) / n",
        ElementLossCases.BinaryCrossEntropyGradient,
        CpuVariant.Simd<ElementLossGradientArguments, ElementLossGradient<BinaryCrossEntropyFunction>>(),
        LossKernels.BinaryCrossEntropyGradientVariant);

    public static Operation<HingeLossArguments> Hinge { get; } = new(
        "hinge",
        "Losses",
        "mean of max(0, 1 - x), max(0, 1 + x) or -x",
        HingeCases.Hinge,
        CpuVariant.Simd<HingeLossArguments, HingeLoss>(),
        LossKernels.HingeVariant);

    public static Operation<HingeLossGradientArguments> HingeGradient { get; } = new(
        "hinge-gradient",
        "Losses",
        "dx = -1, 1 or 0, / n",
        HingeCases.HingeGradient,
        CpuVariant.Simd<HingeLossGradientArguments, HingeLossGradient>(),
        LossKernels.HingeGradientVariant);

    public static Operation<CrossEntropyArguments> CrossEntropy { get; } = new(
        "cross-entropy",
        "Losses",
        "weighted mean of logSumExp(x) - x[label]",
        CrossEntropyCases.CrossEntropy,
        CpuVariant.Simd<CrossEntropyArguments, CrossEntropy>(),
        CrossEntropyKernels.Variant);

    public static Operation<CrossEntropyGradientArguments> CrossEntropyGradient { get; } = new(
        "cross-entropy-gradient",
        "Losses",
        "dx = weight (softmax(x) - onehot(label))",
        CrossEntropyCases.CrossEntropyGradient,
        CpuVariant.Simd<CrossEntropyGradientArguments, CrossEntropyGradient>(),
        CrossEntropyKernels.GradientVariant);

    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All =>
    [
        SquaredError,
        SquaredErrorGradient,
        AbsoluteError,
        AbsoluteErrorGradient,
        BinaryCrossEntropy,
        BinaryCrossEntropyGradient,
        Hinge,
        HingeGradient,
        CrossEntropy,
        CrossEntropyGradient,
    ];
}
