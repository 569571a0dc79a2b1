using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// How a weight gradient by a Winograd algorithm is cut. An item sums the products of all tiles of a band for some input channels and a
/// panel of output channels, so that the sums stay in the second-level cache until they are transformed back; or, where there are many
/// tiles for few channels, an item takes one plane, so that inputs and gradients are read once, and sums are transformed back at the end.
/// </summary>
/// <remarks>Bands are added to the gradient one after the other: they follow from the shape alone. Neither items nor stages change a bit.</remarks>
internal readonly record struct WinogradWeightGradientPlan
{
    // Transformed inputs and gradients of a band: enough tiles that transforming sums back costs nothing, not so much that it matters.
    private const long BandBytes = 96 << 20;

    // Sums of an item: less than half of a second-level cache of 1 MB.
    private const long SumBytes = 384 * 1024;

    // Sums in memory are fetched, written and read.
    private const int PassesOverSums = 3;

    private const int ItemsPerThread = 4;

    private readonly int strips;

    private WinogradWeightGradientPlan(
        in ConvolutionShape shape, int tile, int lanes, int maximumRows, int maximumVectors, int threads)
    {
        Layout = new PanelLayout(shape.OutputChannels, lanes, maximumVectors);
        MaximumRows = maximumRows;
        TileRows = CeilingDivide(shape.OutputHeight, tile);
        TileColumns = CeilingDivide(shape.OutputWidth, tile);
        Tiles = checked(shape.Batch * TileRows * TileColumns);
        Planes = (tile + 2) * (tile + 2);

        var (inputs, gradients) = (WinogradTiles.RowLength(shape.InputChannels), WinogradTiles.RowLength(shape.OutputChannels));
        var most = Math.Clamp(BandBytes / (sizeof(float) * Planes * (inputs + gradients)), 1, Tiles);
        BandTiles = CeilingDivide(Tiles, CeilingDivide(Tiles, most));
        InputPlane = WinogradTiles.PlaneLength(BandTiles * inputs);
        GradientPlane = WinogradTiles.PlaneLength(BandTiles * gradients);

        // A tile of sums is as tall as the micro-kernel; items have whole ones.
        strips = CeilingDivide(shape.InputChannels, maximumRows);
        var width = maximumVectors * lanes;
        var mostStrips = Math.Max(1, SumBytes / (sizeof(float) * Planes * width * maximumRows));
        var wanted = CeilingDivide(threads * ItemsPerThread, Layout.Panels);
        RowItems = Math.Min(strips, Math.Max(CeilingDivide(strips, mostStrips), wanted));
        RowsPerItem = CeilingDivide(strips, RowItems) * maximumRows;
        RowItems = CeilingDivide(shape.InputChannels, RowsPerItem);
        SumsPlane = WinogradTiles.PlaneLength((long)RowsPerItem * width);

        SumsOfAllPlane = WinogradTiles.PlaneLength((long)shape.InputChannels * Layout.PaddedColumns);
        RowParts = Math.Min(strips, CeilingDivide(threads * ItemsPerThread, Planes));
        var readAgain = (inputs * (Layout.Panels - 1)) + (gradients * (RowItems - 1));
        InStages = PassesOverSums * SumsOfAllPlane < BandTiles * readAgain;
    }

    public PanelLayout Layout { get; }

    /// <summary>Rows of the tallest micro-kernel.</summary>
    public int MaximumRows { get; }

    public int TileRows { get; }

    public int TileColumns { get; }

    /// <summary>Tiles of all images.</summary>
    public int Tiles { get; }

    /// <summary>Elements of a transformed tile.</summary>
    public int Planes { get; }

    /// <summary>The most tiles of a band.</summary>
    public int BandTiles { get; }

    /// <summary>Floats from one plane of transformed inputs to the next.</summary>
    public long InputPlane { get; }

    /// <summary>Floats from one plane of transformed gradients to the next.</summary>
    public long GradientPlane { get; }

    /// <summary>Floats from one plane of sums to the next.</summary>
    public long SumsPlane { get; }

    /// <summary>Parts of the input channels.</summary>
    public int RowItems { get; }

    /// <summary>Input channels of an item, but for the last.</summary>
    public int RowsPerItem { get; }

    public int Items => RowItems * Layout.Panels;

    /// <summary>Whether items are planes, because that moves less memory.</summary>
    public bool InStages { get; init; }

    /// <summary>Parts of the input channels that the product of a plane is cut into, where items are planes.</summary>
    public int RowParts { get; }

    /// <summary>Floats from one plane of the sums of all channels to the next.</summary>
    public long SumsOfAllPlane { get; }

    /// <summary>The first input channel of a part of a plane's product: whole strips.</summary>
    public int FirstRow(int part) => (int)((long)strips * part / RowParts) * MaximumRows;

    public static WinogradWeightGradientPlan Create<TWinograd, T>(in ConvolutionShape shape, int threads)
        where TWinograd : IWinograd
        where T : unmanaged, ISimd<T> =>
        new(shape, TWinograd.Tile, T.Width, MicroKernels.MaximumRows<T>(), MicroKernels.MaximumVectors<T>(), threads);

    private static int CeilingDivide(long dividend, long divisor) => (int)((dividend + divisor - 1) / divisor);
}
