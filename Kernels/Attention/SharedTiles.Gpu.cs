using System.Runtime.CompilerServices;
using ILGPU;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Attention;

/// <summary>
/// The two products of attention on a GPU, and the shared memory that 64 threads keep them in: slices of operands on their way through, a
/// tile of 64x64 weights, and a few numbers per row and column.
/// </summary>
internal static class SharedTiles
{
    /// <summary>Two buffers of two slices.</summary>
    private const int SlicesLength = 4 * SliceProducts.SharedLength;

    /// <summary>A tile of weights, [column][row]: the left operand of the second product. The finished output passes through it too.</summary>
    public const int Weights = SlicesLength;

    /// <summary>Partial results of rows, [row][thread], an odd distance apart.</summary>
    public const int Partial = Weights + (OuterTile.Size * OuterTile.Pitch);

    public const int PartialPitch = OuterTile.Side + 1;

    /// <summary>Four times one number for each of 64 rows or columns.</summary>
    public const int Numbers = Partial + (OuterTile.Size * PartialPitch);

    /// <summary>Floats in all: 29 KiB.</summary>
    public const int Length = Numbers + (4 * OuterTile.Size);

    /// <summary>CUDA's limit for the third dimension of a grid.</summary>
    public const int MaximumHeads = 65535;

    public static int TilesOver(int length) => (length + OuterTile.Size - 1) / OuterTile.Size;

    /// <summary>Whether the tokens of all operands can be read in quads.</summary>
    public static bool HasQuads(int headWidth, params ReadOnlySpan<(DeviceSpan<float> Tokens, AttentionLayout Layout)> operands)
    {
        foreach (var (tokens, layout) in operands)
        {
            if (!QuadAlignment.Holds(tokens, layout.BatchStride, layout.TokenStride, layout.HeadStride))
            {
                return false;
            }
        }

        return headWidth % SliceProducts.Depth == 0;
    }

    /// <summary>Rows of the left operand times rows of the right one: the sum over <paramref name="steps"/> channels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideTile Multiply<TTokens>(
        ArrayView<float> shared, TTokens left, ArrayView<float> leftSource, TTokens right, ArrayView<float> rightSource, int steps)
        where TTokens : struct, IOperandSlice<TTokens>
    {
        var quads = shared.Cast<Quad>();
        var y = OuterTile.RowOf(Group.IdxX);
        var x = OuterTile.ColumnOf(Group.IdxX);
        left.Load(leftSource, steps);
        right.Load(rightSource, steps);
        left.Store(shared, 0);
        right.Store(shared, SliceProducts.SharedLength);
        Group.Barrier();

        WideTile tile = default;
        var current = 0;
        for (var step = 0; step < steps; step += SliceProducts.Depth)
        {
            // Behind the last slice this reads and stores what nobody uses.
            left.Load(leftSource, steps - step - SliceProducts.Depth);
            right.Load(rightSource, steps - step - SliceProducts.Depth);

            var leftQuad = (current / 4) + y;
            var rightQuad = ((current + SliceProducts.SharedLength) / 4) + x;
            tile = SliceProducts.Add(tile, quads, leftQuad, rightQuad);

            current = (2 * SliceProducts.SharedLength) - current;
            left.Store(shared, current);
            right.Store(shared, current + SliceProducts.SharedLength);
            Group.Barrier();
        }

        return tile;
    }

    /// <summary>
    /// Adds the product of the weights with tokens: row r gains the sum over <paramref name="steps"/> tokens of weights[token][r] ·
    /// token. What was written to the weights before is visible.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TTile Accumulate<TTile, TTokens>(ArrayView<float> shared, TTile tile, TTokens tokens, ArrayView<float> source, int steps)
        where TTile : struct, IRowTile<TTile>
        where TTokens : struct, IOperandSlice<TTokens>
    {
        var quads = shared.Cast<Quad>();
        var y = OuterTile.RowOf(Group.IdxX);
        var x = OuterTile.ColumnOf(Group.IdxX);
        tokens.Load(source, steps);
        tokens.Store(shared, 0);
        Group.Barrier();

        var weights = (Weights / 4) + y;
        var current = 0;
        for (var step = 0; step < steps; step += SliceProducts.Depth)
        {
            tokens.Load(source, steps - step - SliceProducts.Depth);
            tile = SliceProducts.Add(tile, quads, weights, (current / 4) + x);
            weights += SliceProducts.Depth * OuterTile.Pitch / 4;

            current = (2 * SliceProducts.SharedLength) - current;
            tokens.Store(shared, current);
            Group.Barrier();
        }

        return tile;
    }

    /// <summary>Writes a finished tile through shared memory, so that neighbouring threads write neighbouring channels.</summary>
    /// <param name="shared">Shared memory.</param>
    /// <param name="tile">The thread's part of the tile.</param>
    /// <param name="destination">The operand.</param>
    /// <param name="index">Its element at the tile's first row and column.</param>
    /// <param name="stride">Elements between its tokens.</param>
    /// <param name="rows">Rows of the tile that lie inside the operand.</param>
    /// <param name="columns">Columns of the tile that lie inside the operand.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TTile>(
        ArrayView<float> shared, TTile tile, ArrayView<float> destination, int index, int stride, int rows, int columns)
        where TTile : struct, IRowTile<TTile>
    {
        var y = OuterTile.RowOf(Group.IdxX);
        var x = OuterTile.ColumnOf(Group.IdxX);
        tile.Store(shared.Cast<Quad>(), ((Weights + (4 * y * OuterTile.Pitch)) / 4) + x);
        Group.Barrier();
        if (Group.IdxX < columns)
        {
            var count = IntrinsicMath.Min(OuterTile.Size, rows);
            for (var row = 0; row < count; row++)
            {
                destination[index + (row * stride) + Group.IdxX] = shared[Weights + (row * OuterTile.Pitch) + Group.IdxX];
            }
        }
    }
}
