namespace KernelDiff.Kernels;

/// <summary>Everything that can be launched. An operation that is not listed here does not exist for tests, tools or users.</summary>
public static class OperationRegistry
{
    private static readonly Lazy<IReadOnlyList<Operation>> Entries = new(() =>
    [
        .. Matmul.MatmulOperations.All,
        .. Convolution.ConvolutionOperations.All,
        .. Attention.AttentionOperations.All,
        .. Normalization.NormalizationOperations.All,
        .. Pointwise.PointwiseOperations.All,
        .. Shape.ShapeOperations.All,
        .. Reduction.ReductionOperations.All,
        .. Embedding.EmbeddingOperations.All,
        .. Quantization.QuantizationOperations.All,
        .. Resampling.ResamplingOperations.All,
        .. RandomNumbers.RandomNumbersOperations.All,
        .. Losses.LossesOperations.All,
        .. Optimizers.OptimizersOperations.All,
        .. Imaging.ImagingOperations.All,
    ]);

    /// <summary>Every operation, by family.</summary>
    public static IReadOnlyList<Operation> All => Entries.Value;
}
