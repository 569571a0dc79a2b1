using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// How a Winograd convolution of few channels is cut: a thread takes a chunk of tiles from inputs to outputs within its second-level cache.
/// Every chunk transforms all weights again, a block at a time: where they are few, that is faster than reading what others transformed.
/// </summary>
/// <remarks>An output is the same chain of operations however it is cut, so a plan may follow the number of threads without changing a bit.</remarks>
internal readonly struct WinogradChunkPlan
{
    // Transformed inputs of a chunk and the sums of a panel, and beside them the transformed weights of a block: those of 64 by 64 channels
    // are one, so that sums are not read again.
    private const long ChunkBytes = 1200 * 1024;
    private const long WeightBytes = 600 * 1024;

    private const int MostChannels = 128;

    private WinogradChunkPlan(in WinogradGeometry geometry, int tile, int lanes, TileShape shape, int threads)
    {
        var width = shape.Vectors * lanes;
        Layout = new PanelLayout(geometry.TargetChannels, lanes, shape.Vectors);
        var grid = TileGrid.Of(geometry, tile);
        (TileRows, TileColumns, Tiles) = (grid.Rows, grid.Columns, grid.Tiles);
        Planes = (tile + 2) * (tile + 2);

        var inputLength = WinogradTiles.RowLength(geometry.SourceChannels);
        var most = Math.Max(1, ChunkBytes / (sizeof(float) * Planes * (inputLength + width)) / shape.Rows) * shape.Rows;

        // Whole rounds: a thread without a chunk waits as long as a chunk takes.
        var chunks = CeilingDivide(CeilingDivide(Tiles, most), threads) * threads;
        Chunks = (int)Math.Min(chunks, CeilingDivide(Tiles, shape.Rows));
        var tiles = CeilingDivide(Tiles, Chunks);
        InputPlane = WinogradTiles.PlaneLength(tiles * inputLength);
        SumsPlane = WinogradTiles.PlaneLength((long)tiles * width);
        var blocks = CeilingDivide(geometry.SourceChannels, Math.Max(8, WeightBytes / (sizeof(float) * Planes * width)));
        BlockDepth = CeilingDivide(geometry.SourceChannels, blocks);
        WeightsPlane = WinogradTiles.PlaneLength((long)BlockDepth * width);
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

    public int Chunks { get; }

    /// <summary>The most source channels of a block.</summary>
    public int BlockDepth { get; }

    /// <summary>Floats from one plane of a chunk's transformed inputs to the next.</summary>
    public long InputPlane { get; }

    /// <summary>Floats from one plane of a panel's transformed weights to the next.</summary>
    public long WeightsPlane { get; }

    /// <summary>Floats from one plane of a chunk's sums to the next.</summary>
    public long SumsPlane { get; }

    /// <summary>Whether chunks are faster than sharing transformed inputs among panels.</summary>
    public static bool Pays(in WinogradGeometry geometry) => geometry.SourceChannels <= MostChannels;

    public static WinogradChunkPlan Create<TWinograd, T>(in WinogradGeometry geometry, int threads)
        where TWinograd : IWinograd
        where T : unmanaged, ISimd<T> =>
        new(geometry, TWinograd.Tile, T.Width, TileGrid.ShapeOfProducts<T>(geometry, TWinograd.Tile), threads);

    /// <summary>The first tile of a chunk.</summary>
    public int FirstTile(int chunk) => (int)((long)Tiles * chunk / Chunks);

    private static int CeilingDivide(long dividend, long divisor) => (int)((dividend + divisor - 1) / divisor);
}
