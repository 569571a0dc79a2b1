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
        GroupNormKernels.WideVariant)
    {
        Shapes = PlannedGroupNorm.Forward,
    };

    public static Operation<GroupNormBackwardArguments> GroupNormBackward { get; } = new(
        "group-norm-backward",
        "Normalization",
        "dx, and the gradients of weight, bias, scale and shift, of group-norm",
        GroupNormBackwardCases.All,
        CpuVariant.Simd<GroupNormBackwardArguments, GroupNormBackward>(),
        GroupNormBackwardKernels.TreeVariant,
        GroupNormBackwardKernels.WideVariant)
    {
        Shapes = PlannedGroupNorm.Backward,
    };

    /// <summary>Over the last axis.</summary>
    public static Operation<LayerNormArguments> LayerNorm { get; } = new(
        "layer-norm",
        "Normalization",
        "y = (x - mean) / sqrt(variance + epsilon) * weight + bias per row",
        LayerNormCases.Forward,
        CpuVariant.Simd<LayerNormArguments, LayerNorm>(),
        LayerNormKernels.TreeVariant,
        LayerNormKernels.WideVariant);

    public static Operation<LayerNormBackwardArguments> LayerNormBackward { get; } = new(
        "layer-norm-backward",
        "Normalization",
        "dx, and the gradients of weight and bias, of layer-norm",
        LayerNormCases.Backward,
        CpuVariant.Simd<LayerNormBackwardArguments, LayerNormBackward>(),
        LayerNormBackwardKernels.TreeVariant,
        LayerNormBackwardKernels.WideVariant);

    public static Operation<BatchNormTrainingArguments> BatchNormTraining { get; } = new(
        "batch-norm-training",
        "Normalization",
        "y = (x - mean) / sqrt(variance + epsilon) * weight + bias with the statistics of the batch; updates the running ones",
        BatchNormCases.Training,
        CpuVariant.Simd<BatchNormTrainingArguments, BatchNormTraining>(),
        BatchNormKernels.TrainingTree,
        BatchNormKernels.TrainingWide);

    public static Operation<BatchNormTrainingBackwardArguments> BatchNormTrainingBackward { get; } = new(
        "batch-norm-training-backward",
        "Normalization",
        "dx, and the gradients of weight and bias, of batch-norm-training",
        BatchNormBackwardCases.Training,
        CpuVariant.Simd<BatchNormTrainingBackwardArguments, BatchNormTrainingBackward>(),
        BatchNormBackwardKernels.TrainingTree,
        BatchNormBackwardKernels.TrainingWide);

    public static Operation<BatchNormEvaluationArguments> BatchNormEvaluation { get; } = new(
        "batch-norm-evaluation",
        "Normalization",
        "y = (x - running mean) / sqrt(running variance + epsilon) * weight + bias",
        BatchNormCases.Evaluation,
        CpuVariant.Simd<BatchNormEvaluationArguments, BatchNormEvaluation>(),
        BatchNormKernels.Evaluation);

    public static Operation<BatchNormEvaluationBackwardArguments> BatchNormEvaluationBackward { get; } = new(
        "batch-norm-evaluation-backward",
        "Normalization",
        "dx, and the gradients of weight and bias, of batch-norm-evaluation",
        BatchNormBackwardCases.Evaluation,
        CpuVariant.Simd<BatchNormEvaluationBackwardArguments, BatchNormEvaluationBackward>(),
        BatchNormBackwardKernels.EvaluationTree,
        BatchNormBackwardKernels.EvaluationWide);

    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All =>
    [
        GroupNorm, GroupNormBackward, LayerNorm, LayerNormBackward,
        BatchNormTraining, BatchNormTrainingBackward, BatchNormEvaluation, BatchNormEvaluationBackward,
    ];
}
