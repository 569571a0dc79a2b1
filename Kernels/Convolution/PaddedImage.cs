namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// A copy of images with zeros around them, and every pixel repeated where they are up-sampled: kernels read it without asking where its
/// borders are.
/// </summary>
internal readonly record struct PaddedImage
{
    public required int Batch { get; init; }

    public required int SourceHeight { get; init; }

    public required int SourceWidth { get; init; }

    public required int Channels { get; init; }

    public int Top { get; init; }

    public int Bottom { get; init; }

    public int Left { get; init; }

    public int Right { get; init; }

    /// <summary>How often each row and column is repeated.</summary>
    public int Repeat { get; init; }

    public int Height => Top + (Repeat * SourceHeight) + Bottom;

    public int Width => Left + (Repeat * SourceWidth) + Right;

    /// <summary>Whether it differs from the images themselves.</summary>
    public bool IsCopy => Top > 0 || Bottom > 0 || Left > 0 || Right > 0 || Repeat > 1;

    /// <summary>Elements of the copy.</summary>
    /// <exception cref="ArgumentException">More than 2^31 - 1.</exception>
    public int Length => Check.Elements(Batch, Height, Width, Channels);

    public int RowLength => Width * Channels;

    public int ImageLength => Height * RowLength;

    /// <summary>The source with as much padding as its phases reach for.</summary>
    public static PaddedImage Of(GatherConvolution convolution)
    {
        var phases = convolution.Phases.Where(phase => phase.Taps > 0).ToList();
        return new PaddedImage
        {
            Batch = convolution.Batch,
            SourceHeight = convolution.SourceHeight,
            SourceWidth = convolution.SourceWidth,
            Channels = convolution.SourceChannels,
            Top = Farthest(phases, phase => -phase.Vertical.SourceStart),
            Bottom = Farthest(phases, phase => phase.Vertical.SourceEnd - convolution.SourceHeight),
            Left = Farthest(phases, phase => -phase.Horizontal.SourceStart),
            Right = Farthest(phases, phase => phase.Horizontal.SourceEnd - convolution.SourceWidth),
            Repeat = 1,
        };
    }

    /// <summary>
    /// The left image of a weight gradient. Its first pixel is the one that the first position meets with the first tap.
    /// </summary>
    public static PaddedImage Of(in TapProducts products)
    {
        var left = products.Left;
        var lastRow = left.StartY + ((products.GridHeight - 1) * left.Step) + ((products.KernelHeight - 1) * left.TapStep);
        var lastColumn = left.StartX + ((products.GridWidth - 1) * left.Step) + ((products.KernelWidth - 1) * left.TapStep);
        return new PaddedImage
        {
            Batch = products.Batch,
            SourceHeight = left.Height,
            SourceWidth = left.Width,
            Channels = left.Channels,
            Top = -left.StartY,
            Bottom = Math.Max(0, lastRow + 1 - (left.Repeat * left.Height)),
            Left = -left.StartX,
            Right = Math.Max(0, lastColumn + 1 - (left.Repeat * left.Width)),
            Repeat = left.Repeat,
        };
    }

    private static int Farthest(IEnumerable<GatherPhase> phases, Func<GatherPhase, int> reach) =>
        phases.Select(reach).Append(0).Max();
}
