using System.Runtime.CompilerServices;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// Where the positions of <see cref="TapProducts"/> lie in memory, as kernels need it: lines of positions that are equally far apart on both
/// sides. Lines are dealt out to parts that are summed apart.
/// </summary>
internal struct WeightGradientGrid
{
    // Elements of the sums of all parts, which are in memory at once.
    private const int MostSums = 1 << 26;

    public int Taps;
    public int KernelWidth;

    // Lines, lines of one image, and positions of a line.
    public int Lines;
    public int ImageLines;
    public int LineLength;

    public int Parts;
    public int PartLines;

    // Elements from one position, line and image to the next, from one row and column of taps to the next, and to the first position.
    public int LeftStep;
    public int LeftLine;
    public int LeftImage;
    public int LeftTapRow;
    public int LeftTapColumn;
    public int RightStep;
    public int RightLine;
    public int RightImage;
    public int RightTapRow;
    public int RightTapColumn;

    /// <param name="products">What is computed.</param>
    /// <param name="left">The left image, padded.</param>
    /// <param name="partPositions">Positions worth sums of their own.</param>
    /// <param name="mostParts">The most parts that pay.</param>
    public static WeightGradientGrid Of(in TapProducts products, in PaddedImage left, int partPositions, int mostParts)
    {
        var right = products.Right;
        var rightRow = right.Width * right.Channels;
        var grid = new WeightGradientGrid
        {
            Taps = products.Taps,
            KernelWidth = products.KernelWidth,
            Lines = products.Batch * products.GridHeight,
            ImageLines = products.GridHeight,
            LineLength = products.GridWidth,
            LeftStep = products.Left.Step * left.Channels,
            LeftLine = products.Left.Step * left.RowLength,
            LeftImage = left.ImageLength,
            LeftTapRow = products.Left.TapStep * left.RowLength,
            LeftTapColumn = products.Left.TapStep * left.Channels,
            RightStep = right.Step * right.Channels,
            RightLine = right.Step * rightRow,
            RightImage = right.Height * rightRow,
            RightTapRow = right.TapStep * rightRow,
            RightTapColumn = right.TapStep * right.Channels,
        };
        var weights = products.Taps * (long)left.Channels * right.Channels;
        var parts = Math.Min(CeilingDivide(products.Positions, partPositions), Math.Min(mostParts, MostSums / weights));
        grid.PartLines = CeilingDivide(grid.Lines, Math.Max(1, parts));
        grid.Parts = CeilingDivide(grid.Lines, grid.PartLines);
        return grid;
    }

    /// <summary>The same grid over a right image with another number of channels.</summary>
    public readonly WeightGradientGrid WithRightChannels(int before, int after)
    {
        var grid = this;
        grid.RightStep = RightStep / before * after;
        grid.RightLine = RightLine / before * after;
        grid.RightImage = RightImage / before * after;
        grid.RightTapRow = RightTapRow / before * after;
        grid.RightTapColumn = RightTapColumn / before * after;
        return grid;
    }

    /// <summary>Index of the first left pixel of a line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int LeftIndex(int line, int tap)
    {
        var image = line / ImageLines;
        var tapY = tap / KernelWidth;
        return (image * LeftImage) + ((line - (image * ImageLines)) * LeftLine) + (tapY * LeftTapRow) + ((tap - (tapY * KernelWidth)) * LeftTapColumn);
    }

    /// <summary>Index of the first right pixel of a line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int RightIndex(int line, int tap)
    {
        var image = line / ImageLines;
        var tapY = tap / KernelWidth;
        return (image * RightImage) + ((line - (image * ImageLines)) * RightLine) + (tapY * RightTapRow) + ((tap - (tapY * KernelWidth)) * RightTapColumn);
    }

    private static int CeilingDivide(long dividend, long divisor) => (int)((dividend + divisor - 1) / divisor);
}
