using System.Runtime.CompilerServices;
using ILGPU;

namespace KernelDiff.Kernels.Matmul;

/// <summary>Multiplies slices of operands that stand in shared memory, [step][64], <see cref="OuterTile.Pitch"/> apart.</summary>
internal static class SliceProducts
{
    /// <summary>Steps of the inner dimension in a slice.</summary>
    public const int Depth = 8;

    /// <summary>Floats of shared memory for a slice.</summary>
    public const int SharedLength = Depth * OuterTile.Pitch;

    // Quads from one step to the next.
    private const int Next = OuterTile.Pitch / Quad.Elements;

    /// <summary>
    /// Adds the product of a slice of rows and one of columns. Straight-line code on views that begin at the thread's quads, so that distances
    /// are part of the instructions that read them.
    /// </summary>
    /// <param name="tile">The thread's accumulators.</param>
    /// <param name="shared">Shared memory as quads.</param>
    /// <param name="left">Index of the thread's first four rows at the first step.</param>
    /// <param name="right">Index of the thread's first four columns at the first step.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TTile Add<TTile>(TTile tile, ArrayView<Quad> shared, int left, int right)
        where TTile : struct, ISliceTile<TTile>
    {
        var rows = shared.SubView(left);
        var columns = shared.SubView(right);
        tile.MultiplyAdd(rows, columns, 0);
        tile.MultiplyAdd(rows, columns, Next);
        tile.MultiplyAdd(rows, columns, 2 * Next);
        tile.MultiplyAdd(rows, columns, 3 * Next);
        tile.MultiplyAdd(rows, columns, 4 * Next);
        tile.MultiplyAdd(rows, columns, 5 * Next);
        tile.MultiplyAdd(rows, columns, 6 * Next);
        tile.MultiplyAdd(rows, columns, 7 * Next);
        return tile;
    }

    /// <summary>
    /// As <see cref="Add"/>, step by step in a loop: takes three quarters of the registers. Groups of several teams, and groups of which there
    /// are few, hide more behind another group on their multiprocessor than straight-line code saves them.
    /// </summary>
    /// <param name="tile">The thread's accumulators.</param>
    /// <param name="shared">Shared memory as quads.</param>
    /// <param name="left">Index of the thread's first four rows at the first step.</param>
    /// <param name="right">Index of the thread's first four columns at the first step.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TTile AddInLoop<TTile>(TTile tile, ArrayView<Quad> shared, int left, int right)
        where TTile : struct, ISliceTile<TTile>
    {
        for (var step = 0; step < Depth; step++)
        {
            tile.MultiplyAdd(shared.SubView(left), shared.SubView(right), 0);
            left += Next;
            right += Next;
        }

        return tile;
    }
}
