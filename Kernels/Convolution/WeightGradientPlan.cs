using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// How a weight gradient is cut into items for the threads. The order in which the terms of an element are added does not depend on it.
/// </summary>
internal readonly struct WeightGradientPlan
{
    /// <summary>Positions whose part of the right image is packed at a time: with the rows that pass by it stays in the first-level cache.</summary>
    public const int BlockPositions = 128;

    /// <summary>
    /// Positions that are summed up one after the other; such sums are added to one another, so that rounding grows with the square root of
    /// this and not of all positions.
    /// </summary>
    public const int ChainPositions = 16 * BlockPositions;

    // The sums of an item stay in the second-level cache while positions pass by.
    private const long CachedBytesOfSums = 256 * 1024;

    // An item below about 2 microseconds costs more to hand out than it gains.
    private const long SmallestItem = 1_000_000;

    // So many items per thread even out what other processes take away.
    private const int ItemsPerThread = 8;

    public WeightGradientPlan(in TapProducts products, int threads, int lanes, int maximumRows, int maximumVectors)
    {
        Layout = new PanelLayout(products.Right.Channels, lanes, maximumVectors);
        Taps = products.Taps;
        Rows = products.Left.Channels;
        Tiles = CeilingDivide(Rows, maximumRows);

        var operations = 2L * products.Positions * Taps * Rows * products.Right.Channels;
        var wanted = threads == 1 ? 1 : Math.Clamp(operations / SmallestItem, 1, (long)threads * ItemsPerThread);
        var sumsOfTile = sizeof(float) * (long)maximumRows * maximumVectors * lanes;
        TapItems = (int)Math.Clamp(
            Math.Max(CeilingDivide(Taps * Tiles * sumsOfTile, CachedBytesOfSums), CeilingDivide(wanted, Layout.Panels)), 1, Taps);
        var tapsOfItem = CeilingDivide(Taps, TapItems);
        TileItems = (int)Math.Clamp(
            Math.Max(CeilingDivide(tapsOfItem * Tiles * sumsOfTile, CachedBytesOfSums), CeilingDivide(wanted, (long)Layout.Panels * TapItems)),
            1,
            Tiles);
    }

    public PanelLayout Layout { get; }

    public int Taps { get; }

    /// <summary>Channels of the left image: rows of a tap's gradient.</summary>
    public int Rows { get; }

    /// <summary>Tiles that the rows are dealt out to evenly.</summary>
    public int Tiles { get; }

    public int TapItems { get; }

    public int TileItems { get; }

    public int Items => Layout.Panels * TapItems * TileItems;

    /// <summary>The first row of a tile; tiles differ by one row at most.</summary>
    public int FirstRow(int tile) => (int)((long)Rows * tile / Tiles);

    /// <summary>The first tap of an item.</summary>
    public int FirstTap(int tapItem) => (int)((long)Taps * tapItem / TapItems);

    /// <summary>The first tile of an item.</summary>
    public int FirstTile(int tileItem) => (int)((long)Tiles * tileItem / TileItems);

    private static int CeilingDivide(long dividend, long divisor) => (int)((dividend + divisor - 1) / divisor);
}
