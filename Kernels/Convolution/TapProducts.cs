namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// What the weight gradients of both kinds of convolutions have in common: gradient[ky, kx, r, c] = Σ over the images and over the
/// positions (i, j) of a grid of left[Left(i, ky), Left(j, kx), r] · right[Right(i, ky), Right(j, kx), c], pixels outside the left
/// image counting as zero.
/// </summary>
internal readonly record struct TapProducts
{
    public required int Batch { get; init; }

    public required int GridHeight { get; init; }

    public required int GridWidth { get; init; }

    public required int KernelHeight { get; init; }

    public required int KernelWidth { get; init; }

    /// <summary>The forward input.</summary>
    public required TapImage Left { get; init; }

    /// <summary>The output gradient; its pixels are always inside.</summary>
    public required TapImage Right { get; init; }

    public int Taps => KernelHeight * KernelWidth;

    /// <summary>Terms of every sum.</summary>
    public int Positions => Batch * GridHeight * GridWidth;

    public static TapProducts Of(in ConvolutionShape shape) => new()
    {
        Batch = shape.Batch,
        GridHeight = shape.OutputHeight,
        GridWidth = shape.OutputWidth,
        KernelHeight = shape.KernelHeight,
        KernelWidth = shape.KernelWidth,
        Left = new TapImage
        {
            Height = shape.Height,
            Width = shape.Width,
            Channels = shape.InputChannels,
            StartY = -shape.Padding.Top,
            StartX = -shape.Padding.Left,
            Step = shape.Stride,
            TapStep = 1,
            Repeat = shape.Upsample ? 2 : 1,
        },
        Right = new TapImage
        {
            Height = shape.OutputHeight,
            Width = shape.OutputWidth,
            Channels = shape.OutputChannels,
            Step = 1,
            TapStep = 0,
            Repeat = 1,
        },
    };

    public static TapProducts Of(in TransposedConvolutionShape shape) => new()
    {
        Batch = shape.Batch,
        GridHeight = shape.Height,
        GridWidth = shape.Width,
        KernelHeight = TransposedConvolutionShape.Kernel,
        KernelWidth = TransposedConvolutionShape.Kernel,
        Left = new TapImage
        {
            Height = shape.Height,
            Width = shape.Width,
            Channels = shape.InputChannels,
            Step = 1,
            TapStep = 0,
            Repeat = 1,
        },
        Right = new TapImage
        {
            Height = TransposedConvolutionShape.Kernel * shape.Height,
            Width = TransposedConvolutionShape.Kernel * shape.Width,
            Channels = shape.OutputChannels,
            Step = TransposedConvolutionShape.Kernel,
            TapStep = 1,
            Repeat = 1,
        },
    };
}

/// <summary>An image of <see cref="TapProducts"/>: position i and tap t meet in row (start + i · step + t · tapStep) / repeat.</summary>
internal readonly record struct TapImage
{
    public required int Height { get; init; }

    public required int Width { get; init; }

    public required int Channels { get; init; }

    public int StartY { get; init; }

    public int StartX { get; init; }

    public required int Step { get; init; }

    /// <summary>Zero where all taps meet the same pixel.</summary>
    public required int TapStep { get; init; }

    /// <summary>How often each row and column of the image counts: 2 where it is up-sampled.</summary>
    public required int Repeat { get; init; }
}
