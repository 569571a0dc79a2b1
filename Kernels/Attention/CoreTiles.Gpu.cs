using System.Runtime.CompilerServices;
using ILGPU;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Attention;

/// <summary>
/// How attention is cut for CPUs behind OpenCL, where a thread is a core: it takes some rows (queries, or keys) of a head and passes
/// over the tokens of the other side in blocks that its cache holds, a tile of four rows at a time.
/// </summary>
internal struct CoreTiles
{
    /// <summary>Rows of a tile.</summary>
    public const int TileRows = 4;

    /// <summary>The most rows of a thread: many, because every thread reads all tokens of the other side.</summary>
    public const int MaximumRows = 64;

    /// <summary>The most tokens of a block.</summary>
    public const int MaximumBlock = 256;

    /// <summary>The most columns of a tile.</summary>
    public const int MaximumColumns = 64;

    // Enough threads for the cores of a large machine, where the shape gives them.
    private const int Threads = 128;

    // Floats of a block's packed operands: half a megabyte, which is half of a usual second-level cache.
    private const int BlockFloats = 128 * 1024;

    // Columns of wide and narrow panels and elements between rows of scores, at run time: see IColumns.
    public int Wide;
    public int Narrow;
    public int ScorePitch;

    // Always 2, which the compiler must not know: a narrow tile is computed in one round and stored by the next.
    public int Rounds;

    /// <summary>Rows of a thread, whole tiles.</summary>
    public int Rows;

    /// <summary>Tokens of a block, whole panels. Follows from the head's width alone: it decides the order of sums.</summary>
    public int BlockLength;

    /// <param name="heads">Heads of all images.</param>
    /// <param name="rows">Rows of a head.</param>
    /// <param name="headWidth">Channels of a head.</param>
    /// <param name="operands">Packed operands that a block reads.</param>
    public static CoreTiles Create(int heads, int rows, int headWidth, int operands)
    {
        var wanted = (int)Math.Min(int.MaxValue, ((long)heads * rows) / Threads);
        return new CoreTiles
        {
            Wide = Columns64.Width,
            Narrow = Columns32.Width,
            ScorePitch = MaximumBlock,
            Rounds = 2,
            Rows = Math.Clamp(wanted / TileRows * TileRows, TileRows, MaximumRows),
            BlockLength = Math.Clamp(BlockFloats / (operands * headWidth) / Columns64.Width * Columns64.Width, Columns64.Width, MaximumBlock),
        };
    }

    /// <summary>
    /// Four rows of a product: destination[row][column] is the sum over the steps of left[row][step] · panel[step][column].
    /// </summary>
    /// <param name="left">Four rows of consecutive steps.</param>
    /// <param name="leftIndex">The first row's first step.</param>
    /// <param name="leftStride">Elements between rows; 0 computes the same row four times.</param>
    /// <param name="panels">What <see cref="PackHeads"/> wrote.</param>
    /// <param name="panel">The first panel's first step.</param>
    /// <param name="panelStride">Elements between panels.</param>
    /// <param name="steps">Length of the inner dimension.</param>
    /// <param name="columns">Columns of the product. The last panel is a narrow one if that suffices for what is left of them.</param>
    /// <param name="destination">Receives whole tiles: up to 63 elements behind the columns of a row are overwritten.</param>
    /// <param name="index">The first row's first column.</param>
    /// <param name="pitch">Elements between rows of the destination.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Multiply(
        ArrayView<float> left,
        int leftIndex,
        int leftStride,
        ArrayView<float> panels,
        int panel,
        int panelStride,
        int steps,
        int columns,
        ArrayView<float> destination,
        int index,
        int pitch)
    {
        // Each round stores what the round before it computed. LLVM vectorises the last basic block first and from its stores, to half a
        // register of AVX-512; a loop that comes behind the stores it vectorises from the accumulators, to whole ones.
        var columnsLeft = columns;
        Rows4<Columns64> wide = default;
        var stored = index;
        while (true)
        {
            wide.StoreVectors(destination, stored, pitch);
            stored = index;
            if (columnsLeft <= Narrow)
            {
                break;
            }

            wide = default;
            var from = leftIndex;
            var right = panel;
            for (var step = 0; step < steps; step++)
            {
                wide.MultiplyAdd(left, from, leftStride, panels, right);
                from += 1;
                right += Wide;
            }

            panel += panelStride;
            index += Wide;
            columnsLeft -= Wide;
        }

        if (columnsLeft > 0)
        {
            Rows4<Columns32> narrow = default;
            for (var round = 0; round < Rounds; round++)
            {
                narrow.StoreVectors(destination, index, pitch);
                narrow = default;
                var from = leftIndex;
                var right = panel;
                var count = round == 0 ? steps : 0;
                for (var step = 0; step < count; step++)
                {
                    narrow.MultiplyAdd(left, from, leftStride, panels, right);
                    from += 1;
                    right += Narrow;
                }
            }
        }
    }
}
