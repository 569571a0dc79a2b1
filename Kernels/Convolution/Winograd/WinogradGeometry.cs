namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// Where the tiles of a 3 x 3 convolution with stride 1, or of its input gradient, lie: target pixel (y, x) of an image sees the source
/// pixels from ((y - Top) / Repeat, (x - Left) / Repeat) on, zero outside the source.
/// </summary>
internal readonly record struct WinogradGeometry
{
    /// <summary>Taps of the kernel.</summary>
    public const int Taps = 9;

    /// <summary>Fewer channels than the widest vector has lanes are left to other algorithms.</summary>
    private const int FewestChannels = 16;

    public required int Batch { get; init; }

    public required int SourceHeight { get; init; }

    public required int SourceWidth { get; init; }

    public required int SourceChannels { get; init; }

    public required int TargetHeight { get; init; }

    public required int TargetWidth { get; init; }

    public required int TargetChannels { get; init; }

    /// <summary>Rows of zeros above the source; negative where the first rows are not seen.</summary>
    public required int Top { get; init; }

    /// <summary>Columns of zeros left of the source; negative where the first columns are not seen.</summary>
    public required int Left { get; init; }

    /// <summary>2 where the source is up-sampled, else 1.</summary>
    public required int Repeat { get; init; }

    /// <summary>Whether the kernel is turned by half a turn and its channels are exchanged, as input gradients ask for.</summary>
    public required bool IsGradient { get; init; }

    /// <summary>
    /// Which output pixels are computed, where the input is up-sampled and they are taken in four phases: those of even or odd rows and
    /// columns; null where all of them are.
    /// </summary>
    public WinogradPhase? Phase { get; init; }

    /// <summary>Whether transformed weights are zero throughout a plane, and with them its sums.</summary>
    /// <param name="plane">Number of the plane.</param>
    /// <param name="edge">Planes of a row of them.</param>
    public bool Skips(int plane, int edge) => Phase is { } phase && phase.Skips(plane, edge);

    /// <summary>Whether a convolution can be computed in tiles.</summary>
    public static bool Supports(in ConvolutionShape shape) =>
        shape is { KernelHeight: 3, KernelWidth: 3, Stride: 1, InputChannels: >= FewestChannels, OutputChannels: >= FewestChannels };

    /// <summary>Whether its input gradient can: an up-sampled pixel would collect the gradients of four.</summary>
    public static bool SupportsInputGradient(in ConvolutionShape shape) => Supports(shape) && !shape.Upsample;

    public static WinogradGeometry Forward(in ConvolutionShape shape) => new()
    {
        Batch = shape.Batch,
        SourceHeight = shape.Height,
        SourceWidth = shape.Width,
        SourceChannels = shape.InputChannels,
        TargetHeight = shape.OutputHeight,
        TargetWidth = shape.OutputWidth,
        TargetChannels = shape.OutputChannels,
        Top = shape.Padding.Top,
        Left = shape.Padding.Left,
        Repeat = shape.Upsample ? 2 : 1,
        IsGradient = false,
    };

    public static WinogradGeometry InputGradient(in ConvolutionShape shape) => new()
    {
        Batch = shape.Batch,
        SourceHeight = shape.OutputHeight,
        SourceWidth = shape.OutputWidth,
        SourceChannels = shape.OutputChannels,
        TargetHeight = shape.Height,
        TargetWidth = shape.Width,
        TargetChannels = shape.InputChannels,
        Top = 2 - shape.Padding.Top,
        Left = 2 - shape.Padding.Left,
        Repeat = 1,
        IsGradient = true,
    };

    /// <summary>The output gradients of a convolution as they are, in the tiles of its outputs.</summary>
    public static WinogradGeometry OutputGradient(in ConvolutionShape shape) =>
        InputGradient(shape) with { TargetHeight = shape.OutputHeight, TargetWidth = shape.OutputWidth, Top = 0, Left = 0 };
}
