using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// How a Winograd convolution of many tiles is cut into stages, each of them over a band of tiles and a group of panels: transform inputs,
/// transform weights, multiply plane by plane, transform back.
/// </summary>
/// <remarks>An output is the same chain of operations however it is cut, so a plan may follow the number of threads without changing a bit.</remarks>
internal readonly struct WinogradStagedPlan
{
    // Transformed weights of a group, and transformed inputs and sums of a band, so that all of it stays in a large last-level cache.
    private const long WeightBytes = 8 << 20;
    private const long InputBytes = 5 << 20;
    private const long SumBytes = 5 << 20;

    // Where there are several groups, every band transforms all weights again: fewer bands are worth their memory.
    private const long InputBytesOfGroups = 32 << 20;
    private const long SumBytesOfGroups = 8 << 20;

    // Transformed inputs of a chunk in one plane: they stay in the second-level cache while the panels of a group pass by.
    private const long ChunkBytes = 512 * 1024;

    // With fewer tiles, writing and reading transformed weights takes longer than transforming them again.
    private const int FewestTiles = 48;

    // Fewer channels than this on either side leave little to do with what is read and written, unless there are many tiles.
    private const int ManyChannels = 129;
    private const int SomeChannels = 96;
    private const int ManyTiles = 192;

    private const int ItemsPerThread = 4;

    // Floats. Layer after layer finds the same buffers free if they ask for few different sizes.
    private const long WorkspaceStep = 2 << 20;

    private WinogradStagedPlan(in WinogradGeometry geometry, int tile, int lanes, TileShape shape, int threads)
    {
        Layout = new PanelLayout(geometry.TargetChannels, lanes, shape.Vectors);
        var grid = TileGrid.Of(geometry, tile);
        (TileRows, TileColumns, Tiles) = (grid.Rows, grid.Columns, grid.Tiles);
        Planes = (tile + 2) * (tile + 2);

        WeightsPlane = WinogradTiles.PlaneLength((long)geometry.SourceChannels * shape.Vectors * lanes);
        var mostPanels = Math.Max(1, WeightBytes / (sizeof(float) * Planes * WeightsPlane));
        Groups = CeilingDivide(Layout.Panels, mostPanels);
        MostPanels = CeilingDivide(Layout.Panels, Groups);

        var inputLength = WinogradTiles.RowLength(geometry.SourceChannels);
        var (inputBytes, sumBytes) = Groups == 1 ? (InputBytes, SumBytes) : (InputBytesOfGroups, SumBytesOfGroups);
        var fitting = Math.Min(inputBytes / inputLength, sumBytes / (MostPanels * shape.Vectors * lanes)) / (sizeof(float) * Planes);
        var mostTiles = Math.Clamp(fitting, Math.Min(Tiles, FewestTiles), Tiles);
        BandTiles = CeilingDivide(Tiles, CeilingDivide(Tiles, mostTiles));

        var chunks = Math.Max(CeilingDivide(BandTiles * inputLength * sizeof(float), ChunkBytes), CeilingDivide(threads * ItemsPerThread, Planes));
        ChunkTiles = CeilingDivide(CeilingDivide(BandTiles, chunks), shape.Rows) * shape.Rows;
        InputPlane = WinogradTiles.PlaneLength(BandTiles * inputLength);
        SumsPlane = WinogradTiles.PlaneLength((long)BandTiles * MostPanels * shape.Vectors * lanes);
    }

    public PanelLayout Layout { get; }

    /// <summary>Rows of tiles of an image.</summary>
    public int TileRows { get; }

    /// <summary>Columns of tiles of an image.</summary>
    public int TileColumns { get; }

    /// <summary>Tiles of all images.</summary>
    public int Tiles { get; }

    /// <summary>Elements of a transformed tile.</summary>
    public int Planes { get; }

    /// <summary>Groups of panels.</summary>
    public int Groups { get; }

    /// <summary>The most panels of a group.</summary>
    public int MostPanels { get; }

    /// <summary>The most tiles of a band.</summary>
    public int BandTiles { get; }

    /// <summary>The most tiles of a chunk.</summary>
    public int ChunkTiles { get; }

    /// <summary>Floats from one plane of transformed inputs to the next.</summary>
    public long InputPlane { get; }

    /// <summary>Floats from one plane of a panel's transformed weights to the next.</summary>
    public long WeightsPlane { get; }

    /// <summary>Floats from one plane of sums to the next.</summary>
    public long SumsPlane { get; }

    /// <summary>Floats of the transformed inputs of a band.</summary>
    public long InputLength => Planes * InputPlane;

    /// <summary>Floats of the transformed weights of a group.</summary>
    public long WeightLength => MostPanels * Planes * WeightsPlane;

    /// <summary>Floats for inputs, weights and sums.</summary>
    /// <exception cref="OverflowException">There are more than 2^31 - 1.</exception>
    public int WorkspaceLength =>
        checked((int)(CeilingDivide(InputLength + WeightLength + (Planes * SumsPlane), WorkspaceStep) * WorkspaceStep));

    /// <summary>Whether stages are faster than transforming weights again for every chunk of tiles.</summary>
    public static bool Pays(in WinogradGeometry geometry, int tile)
    {
        var tiles = TileGrid.Of(geometry, tile).Tiles;
        return (tiles >= FewestTiles && geometry.SourceChannels >= ManyChannels)
            || (tiles >= ManyTiles && Math.Min(geometry.SourceChannels, geometry.TargetChannels) >= SomeChannels);
    }

    public static WinogradStagedPlan Create<TWinograd, T>(in WinogradGeometry geometry, int threads)
        where TWinograd : IWinograd
        where T : unmanaged, ISimd<T> =>
        new(geometry, TWinograd.Tile, T.Width, TileGrid.ShapeOfProducts<T>(geometry, TWinograd.Tile), threads);

    /// <summary>The first panel of a group.</summary>
    public int FirstPanel(int group) => (int)((long)Layout.Panels * group / Groups);

    /// <summary>The first target channel of a group.</summary>
    public int FirstChannel(int group) => Layout.Column(FirstPanel(group));

    /// <summary>Target channels of a group.</summary>
    public int Channels(int group) => Math.Min(Layout.Columns - FirstChannel(group), Width(group));

    /// <summary>Floats of a group's sums of a tile in a plane.</summary>
    public int Width(int group) => Layout.Column(FirstPanel(group + 1)) - FirstChannel(group);

    private static int CeilingDivide(long dividend, long divisor) => (int)((dividend + divisor - 1) / divisor);
}
