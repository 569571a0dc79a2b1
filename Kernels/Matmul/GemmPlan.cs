using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Matmul;

/// <summary>
/// How a product is cut: into items for the threads, and each item into blocks that stay in the second-level cache. An element of C is
/// the same chains of additions however it is cut, so a plan may follow the number of threads without changing a bit of the result.
/// </summary>
internal readonly struct GemmPlan
{
    // Rows of B per block: a panel of it (192 KB at 48 columns) stays in the cache while the rows of an item pass by.
    private const int LongestBlock = 1024;

    // The columns of a transposed A that an item multiplies are copied side by side, beside a panel of B: together they stay in the cache.
    private const int LongestTransposedBlock = 256;

    // Terms of a chain of additions, beyond twice as many: the rounding of a chain grows with its length.
    private const int LongestChain = 4096;

    // Bytes of A per item and block, which stay in the cache while the panels of the item pass by.
    private const long CachedBytesOfA = 384 * 1024;

    // An item below about 2 microseconds costs more to hand out than it gains.
    private const long SmallestItem = 1_000_000;

    // With few rows it is reading B that takes the time: some 10 microseconds from memory.
    private const long SmallestPartOfB = 128 * 1024;

    // So many items per thread even out what other processes take away.
    private const int ItemsPerThread = 16;

    // But where there are this many panels for a thread, they are not read again for fewer tiles than this.
    private const int FewItemsPerThread = 4;
    private const int TilesPerPanel = 8;

    // A product with a transposed A is deep and narrow: what its items read takes as long as what they compute, and each reads for itself.
    private const long SmallestTransposedItem = 4_000_000;
    private const int TransposedItemsPerThread = 4;

    // Copying a panel of B takes about as long as multiplying one tile with it.
    private const int FewTiles = 2;

    // A larger B is read from memory, and what a tile read of it is no longer near when the next one comes.
    private const long MostBytesOfNearB = 4 << 20;

    // Rows of B whose addresses agree modulo 64 KB share the sets of a 16-way second-level cache of 1 MB, the smallest that matters.
    private const long BytesPerWay = 64 * 1024;
    private const int Ways = 16;

    private GemmPlan(in GemmProblem problem, int threads, int lanes, TileShape shape)
    {
        Layout = new PanelLayout(problem.Columns, lanes, shape.Vectors);
        Rows = problem.Rows;
        Depth = problem.Depth;
        Tiles = CeilingDivide(Rows, shape.Rows);
        var longestBlock = problem.TransposeA ? LongestTransposedBlock : LongestBlock;
        DepthBlocks = CeilingDivide(Depth, longestBlock);
        IsFarB = sizeof(float) * (long)problem.Columns * Depth > MostBytesOfNearB;
        BlocksPerChain = Depth <= 2 * LongestChain ? DepthBlocks : LongestChain / longestBlock;

        var blockDepth = CeilingDivide(Depth, DepthBlocks);
        var tilesInCache = Math.Max(1, CachedBytesOfA / (sizeof(float) * (long)blockDepth * shape.Rows));
        RowItems = CeilingDivide(Tiles, tilesInCache);
        var wanted = CeilingDivide(Items(problem, threads), problem.Batch);
        if (problem.TransposeA)
        {
            (RowItems, PanelItems) = FewestReads(wanted, RowItems);
            ReadsBInPlace = !problem.TransposeB && CeilingDivide(Tiles, RowItems) <= FewTiles;
            return;
        }

        PanelItems = CeilingDivide(Layout.Panels, Math.Max(1, Layout.Panels / CeilingDivide(wanted, RowItems)));
        var fewestTiles = PanelItems >= FewItemsPerThread * threads ? TilesPerPanel : 1;
        RowItems = Math.Max(RowItems, Math.Min(CeilingDivide(Tiles, fewestTiles), CeilingDivide(wanted, PanelItems)));

        // The largest power of two that divides the distance is what rows that lie apart by it have in common with a way.
        var bytes = sizeof(float) * problem.BStride;
        var rowsPerWay = BytesPerWay / Math.Clamp(bytes & -bytes, 1, BytesPerWay);
        var fitsCache = blockDepth <= Ways * rowsPerWay;
        ReadsBInPlace = !problem.TransposeB && (fitsCache || Tiles <= FewTiles);
    }

    public PanelLayout Layout { get; }

    public int Rows { get; }

    public int Depth { get; }

    /// <summary>Tiles that the rows are dealt out to evenly.</summary>
    public int Tiles { get; }

    /// <summary>Blocks that the rows of B are dealt out to evenly.</summary>
    public int DepthBlocks { get; }

    /// <summary>
    /// Blocks whose terms are added one after the other; the sums of several chains are added then. Depends on the depth and on which
    /// operand is transposed alone.
    /// </summary>
    public int BlocksPerChain { get; }

    public bool HasSeveralChains => BlocksPerChain < DepthBlocks;

    /// <summary>Whether all tiles fetch B ahead of its use, not only the first one of an item.</summary>
    public bool IsFarB { get; }

    public int RowItems { get; }

    public int PanelItems { get; }

    public int ItemsPerProduct => RowItems * PanelItems;

    /// <summary>
    /// Whether an unpacked B is read where it lies. Packing gains nothing then, unless the distance between rows maps them to the same
    /// few sets of the cache and they are read more than once or twice.
    /// </summary>
    public bool ReadsBInPlace { get; }

    public static GemmPlan Create<T>(in GemmProblem problem, int threads)
        where T : unmanaged, ISimd<T> =>
        new(problem, threads, T.Width, ShapeFor<T>(problem));

    /// <summary>The first row of a tile; tiles differ by one row at most.</summary>
    public int FirstRow(int tile) => (int)((long)Rows * tile / Tiles);

    /// <summary>The first tile of an item.</summary>
    public int FirstTile(int rowItem) => (int)((long)Tiles * rowItem / RowItems);

    /// <summary>The first panel of an item.</summary>
    public int FirstPanel(int panelItem) => (int)((long)Layout.Panels * panelItem / PanelItems);

    /// <summary>The first row of B in a block.</summary>
    public int FirstDepth(int block) => (int)((long)Depth * block / DepthBlocks);

    /// <summary>There are no wide tiles for a transposed A, and what is packed for several products is packed for tall ones.</summary>
    private static unsafe TileShape ShapeFor<T>(in GemmProblem problem)
        where T : unmanaged, ISimd<T> =>
        problem.TransposeA || problem.TransposeB || problem.Packed != null
            ? TileShape.Tall<T>()
            : TileShape.For<T>(problem.Rows, problem.Columns);

    /// <summary>Items of all products that are worth handing out.</summary>
    private static long Items(in GemmProblem problem, int threads)
    {
        if (threads == 1)
        {
            return 1;
        }

        var operations = 2L * problem.Rows * problem.Columns * problem.Depth * problem.Batch;
        if (problem.TransposeA)
        {
            return Math.Clamp(operations / SmallestTransposedItem, 1, (long)threads * TransposedItemsPerThread);
        }

        var bytesOfB = sizeof(float) * (long)problem.Columns * problem.Depth * (problem.BBatchStride == 0 ? 1 : problem.Batch);
        var worthwhile = Math.Max(operations / SmallestItem, bytesOfB / SmallestPartOfB);
        return Math.Clamp(worthwhile, 1, (long)threads * ItemsPerThread);
    }

    /// <summary>Among the cuts into enough items, the one whose items together read the fewest rows and columns.</summary>
    private (int RowItems, int PanelItems) FewestReads(int wanted, int fewestRowItems)
    {
        var enough = Math.Min(wanted, (long)Tiles * Layout.Panels);
        var best = (RowItems: Tiles, PanelItems: Layout.Panels);
        for (var rowItems = fewestRowItems; rowItems <= Math.Max(fewestRowItems, Math.Min(Tiles, wanted)); rowItems++)
        {
            var panelItems = Math.Min(Layout.Panels, CeilingDivide(wanted, rowItems));
            if ((long)rowItems * panelItems >= enough && Reads(rowItems, panelItems) < Reads(best.RowItems, best.PanelItems))
            {
                best = (rowItems, panelItems);
            }
        }

        return best;
    }

    private long Reads(int rowItems, int panelItems) => ((long)rowItems * Layout.Columns) + ((long)panelItems * Rows);

    private static int CeilingDivide(long dividend, long divisor) => (int)((dividend + divisor - 1) / divisor);
}
