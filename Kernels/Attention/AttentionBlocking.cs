namespace KernelDiff.Kernels.Attention;

/// <summary>How the SIMD twins cut queries and keys, so that what a block works on stays in a core's second-level cache.</summary>
/// <remarks>The cut follows from the sizes of one image alone, so neither the batch nor the number of threads changes a sum.</remarks>
internal static class AttentionBlocking
{
    /// <summary>Queries that share one pass over the keys.</summary>
    public const int Queries = 64;

    // Scores of a block, about half of a usual first-level cache.
    private const int ForwardFloats = 6 * 1024;

    // Blocks of queries that read a head's values again and again.
    private const int TransposingBlocks = 8;

    // Three packed operands, two gradients, and two columns of scores.
    private const int BackwardFloats = 160 * 1024;

    // So many heads per thread even out what other processes take away.
    private const int HeadsPerThread = 8;

    // Work items that an image should give at least, and the floats it may take for their partial gradients.
    private const int BackwardItems = 8;
    private const int PartialFloats = 1 << 24;

    /// <summary>Keys whose scores against a panel of <paramref name="lanes"/> queries are held at once by the forward pass.</summary>
    public static int ForwardKeys(int keys, int lanes) => CeilingDivide(keys, CeilingDivide(keys, ForwardFloats / lanes));

    /// <summary>
    /// Whether the forward pass transposes values first, by the blocks of queries that read them: reading down their columns is slower
    /// by less than a tenth, so that few readers would lose by it.
    /// </summary>
    public static bool TransposingPays(int queryBlocks) => queryBlocks >= TransposingBlocks;

    /// <summary>Keys whose scores are held at once by the backward pass.</summary>
    public static int BackwardKeys(int keys, int headWidth) =>
        Even(keys, Math.Clamp(BackwardFloats / ((5 * headWidth) + (2 * Queries)), 96, 384));

    /// <summary>Ranges of queries that sum their shares of a head's key and value gradients apart from one another.</summary>
    public static int BackwardSplits(int heads, int queries, int keys, int headWidth)
    {
        var wanted = CeilingDivide(BackwardItems, heads);
        var affordable = (int)Math.Max(1, PartialFloats / (2L * heads * keys * headWidth));
        return Math.Min(Math.Min(wanted, affordable), CeilingDivide(queries, Queries));
    }

    /// <summary>
    /// Whether there are so many heads that each is an item, from packing to the end: fewer would leave threads waiting for the last one.
    /// </summary>
    public static bool HeadsPay(int heads, int threads) => threads == 1 || heads >= HeadsPerThread * threads;

    public static int CeilingDivide(int dividend, int divisor) => (int)(((long)dividend + divisor - 1) / divisor);

    /// <summary>Blocks of at most about <paramref name="limit"/> keys, all of nearly the same size, a multiple of the widest tile.</summary>
    private static int Even(int keys, int limit)
    {
        const int WidestTile = 48;
        var size = CeilingDivide(keys, CeilingDivide(keys, limit));
        return Math.Min(keys, CeilingDivide(size, WidestTile) * WidestTile);
    }
}
