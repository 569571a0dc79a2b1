namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// What a convolution, its input gradient and both directions of a transposed convolution have in common: every pixel of a target image
/// gathers a small rectangle of a source image, multiplied by weights. Targets that lie alike relative to their sources form a phase; the
/// input gradient of a convolution with stride s, for example, has s x s phases, each an ordinary convolution with a part of the kernel.
/// </summary>
internal sealed class GatherConvolution
{
    private GatherConvolution(GatherAxis[] vertical, GatherAxis[] horizontal)
    {
        Phases = [.. from v in vertical from h in horizontal select new GatherPhase(v, h)];
    }

    public required int Batch { get; init; }

    public required int SourceHeight { get; init; }

    public required int SourceWidth { get; init; }

    public required int SourceChannels { get; init; }

    public required int TargetHeight { get; init; }

    public required int TargetWidth { get; init; }

    public required int TargetChannels { get; init; }

    /// <summary>Columns of the kernel: weights of tap (y, x) start at (y · KernelWidth + x) · SourceChannels · TargetChannels.</summary>
    public required int KernelWidth { get; init; }

    /// <summary>Whether weights are stored as [...][targetChannels][sourceChannels] and not the other way round.</summary>
    public required bool TransposedWeights { get; init; }

    /// <summary>They cover the target, and do not overlap.</summary>
    public IReadOnlyList<GatherPhase> Phases { get; }

    /// <summary>
    /// Whether the taps and source channels of a phase are the rows of the stored weights, all of them in their order: an ordinary
    /// convolution.
    /// </summary>
    public bool StoresPanelRowsInOrder(GatherPhase phase) => !TransposedWeights && phase.Vertical.IsWholeKernel && phase.Horizontal.IsWholeKernel;

    public static GatherConvolution Forward(in ConvolutionShape shape) =>
        new(
            GatherAxis.Forward(shape.KernelHeight, shape.Stride, shape.Padding.Top, shape.Upsample, shape.OutputHeight),
            GatherAxis.Forward(shape.KernelWidth, shape.Stride, shape.Padding.Left, shape.Upsample, shape.OutputWidth))
        {
            Batch = shape.Batch,
            SourceHeight = shape.Height,
            SourceWidth = shape.Width,
            SourceChannels = shape.InputChannels,
            TargetHeight = shape.OutputHeight,
            TargetWidth = shape.OutputWidth,
            TargetChannels = shape.OutputChannels,
            KernelWidth = shape.KernelWidth,
            TransposedWeights = false,
        };

    public static GatherConvolution InputGradient(in ConvolutionShape shape) =>
        new(
            GatherAxis.InputGradient(shape.KernelHeight, shape.Stride, shape.Padding.Top, shape.Upsample, shape.Height),
            GatherAxis.InputGradient(shape.KernelWidth, shape.Stride, shape.Padding.Left, shape.Upsample, shape.Width))
        {
            Batch = shape.Batch,
            SourceHeight = shape.OutputHeight,
            SourceWidth = shape.OutputWidth,
            SourceChannels = shape.OutputChannels,
            TargetHeight = shape.Height,
            TargetWidth = shape.Width,
            TargetChannels = shape.InputChannels,
            KernelWidth = shape.KernelWidth,
            TransposedWeights = true,
        };

    /// <summary>A transposed convolution is the input gradient of a convolution whose input is the larger image.</summary>
    public static GatherConvolution Forward(in TransposedConvolutionShape shape) =>
        new(
            GatherAxis.InputGradient(
                TransposedConvolutionShape.Kernel, TransposedConvolutionShape.Kernel, 0, false, TransposedConvolutionShape.Kernel * shape.Height),
            GatherAxis.InputGradient(
                TransposedConvolutionShape.Kernel, TransposedConvolutionShape.Kernel, 0, false, TransposedConvolutionShape.Kernel * shape.Width))
        {
            Batch = shape.Batch,
            SourceHeight = shape.Height,
            SourceWidth = shape.Width,
            SourceChannels = shape.InputChannels,
            TargetHeight = TransposedConvolutionShape.Kernel * shape.Height,
            TargetWidth = TransposedConvolutionShape.Kernel * shape.Width,
            TargetChannels = shape.OutputChannels,
            KernelWidth = TransposedConvolutionShape.Kernel,
            TransposedWeights = false,
        };

    /// <summary>The input gradient of a transposed convolution is the convolution itself.</summary>
    public static GatherConvolution InputGradient(in TransposedConvolutionShape shape) =>
        new(
            GatherAxis.Forward(TransposedConvolutionShape.Kernel, TransposedConvolutionShape.Kernel, 0, false, shape.Height),
            GatherAxis.Forward(TransposedConvolutionShape.Kernel, TransposedConvolutionShape.Kernel, 0, false, shape.Width))
        {
            Batch = shape.Batch,
            SourceHeight = TransposedConvolutionShape.Kernel * shape.Height,
            SourceWidth = TransposedConvolutionShape.Kernel * shape.Width,
            SourceChannels = shape.OutputChannels,
            TargetHeight = shape.Height,
            TargetWidth = shape.Width,
            TargetChannels = shape.InputChannels,
            KernelWidth = TransposedConvolutionShape.Kernel,
            TransposedWeights = true,
        };
}

/// <summary>The targets of a <see cref="GatherConvolution"/> that gather in the same way.</summary>
internal sealed record GatherPhase(GatherAxis Vertical, GatherAxis Horizontal)
{
    /// <summary>Source pixels that a target takes.</summary>
    public int Taps => Vertical.Taps * Horizontal.Taps;

    /// <summary>Target pixels of one image.</summary>
    public int Pixels => Vertical.TargetCount * Horizontal.TargetCount;
}
