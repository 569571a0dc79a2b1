using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// How a Winograd convolution is cut. Tiles are taken in bands whose transformed inputs stay in the last-level cache; an item multiplies
/// a chunk of a band with a panel of target channels, transforming the weights itself, a block of source channels at a time, so that
/// transformed weights and sums never leave the second-level cache.
/// </summary>
/// <remarks>
/// An output is the same chain of operations however it is cut, so a plan may follow the number of threads without changing a bit.
/// </remarks>
internal readonly struct WinogradPlan
{
    private const long BandBytes = 12 << 20;

    // Transformed weights of a panel and a block of channels, and the sums of a chunk: together most of a second-level cache of 1 MB.
    // Few sums leave room for more weights, so that sums are read and written less often.
    private const long CachedBytes = 704 * 1024;
    private const long SumBytes = 448 * 1024;

    // Below this, transforming the weights would take more than a tenth of multiplying with them.
    private const int FewestTiles = 24;

    private const int ItemsPerThread = 4;

    private WinogradPlan(in WinogradGeometry geometry, int tile, int lanes, TileShape shape, int threads)
    {
        Layout = new PanelLayout(geometry.TargetChannels, lanes, shape.Vectors);
        var grid = TileGrid.Of(geometry, tile);
        (TileRows, TileColumns, Tiles) = (grid.Rows, grid.Columns, grid.Tiles);
        Planes = (tile + 2) * (tile + 2);

        var width = shape.Vectors * lanes;
        var bytesOfTile = sizeof(float) * (long)Planes * WinogradTiles.RowLength(geometry.SourceChannels);
        BandTiles = (int)Math.Clamp(BandBytes / bytesOfTile, Math.Min(Tiles, 2 * FewestTiles), Tiles);
        BandTiles = CeilingDivide(Tiles, CeilingDivide(Tiles, BandTiles));

        var most = Math.Max(shape.Rows, SumBytes / (sizeof(float) * Planes * width) / shape.Rows * shape.Rows);
        var wanted = CeilingDivide(threads * ItemsPerThread, Layout.Panels);
        var fewestChunks = CeilingDivide(BandTiles, most);
        Chunks = Math.Max(fewestChunks, Math.Min(wanted, BandTiles / FewestTiles));
        ChunkTiles = CeilingDivide(BandTiles, Chunks);

        var weightBytes = CachedBytes - Math.Min(SumBytes, sizeof(float) * Planes * width * (long)ChunkTiles);
        var deepest = Math.Max(8, weightBytes / (sizeof(float) * Planes * width));
        DepthBlocks = CeilingDivide(geometry.SourceChannels, deepest);
        BlockDepth = CeilingDivide(geometry.SourceChannels, DepthBlocks);
        InputPlane = WinogradTiles.PlaneLength(BandTiles * WinogradTiles.RowLength(geometry.SourceChannels));
        WeightsPlane = WinogradTiles.PlaneLength((long)BlockDepth * width);
        SumsPlane = WinogradTiles.PlaneLength((long)ChunkTiles * width);
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

    /// <summary>The most tiles of a band.</summary>
    public int BandTiles { get; }

    /// <summary>Chunks of a full band.</summary>
    public int Chunks { get; }

    /// <summary>The most tiles of a chunk.</summary>
    public int ChunkTiles { get; }

    public int DepthBlocks { get; }

    /// <summary>The most source channels of a block.</summary>
    public int BlockDepth { get; }

    /// <summary>Floats from one plane of transformed inputs to the next.</summary>
    public long InputPlane { get; }

    /// <summary>Floats from one plane of transformed weights to the next.</summary>
    public long WeightsPlane { get; }

    /// <summary>Floats from one plane of sums to the next.</summary>
    public long SumsPlane { get; }

    public static WinogradPlan Create<TWinograd, T>(in WinogradGeometry geometry, int threads)
        where TWinograd : IWinograd
        where T : unmanaged, ISimd<T> =>
        new(geometry, TWinograd.Tile, T.Width, TileGrid.ShapeOfProducts<T>(geometry, TWinograd.Tile), threads);

    /// <summary>The first source channel of a block.</summary>
    public int FirstChannel(int block, int channels) => (int)((long)channels * block / DepthBlocks);

    private static int CeilingDivide(long dividend, long divisor) => (int)((dividend + divisor - 1) / divisor);
}
