using System.Runtime.CompilerServices;
using ILGPU;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Attention;

/// <summary>
/// One thread's accumulators of a tile of 64 rows that 64 threads share, 32 or 64 columns wide; <c>default</c> is the tile of zeros.
/// </summary>
/// <typeparam name="TSelf">The struct itself.</typeparam>
internal interface IRowTile<TSelf> : ISliceTile<TSelf>
    where TSelf : struct, IRowTile<TSelf>
{
    /// <summary>Columns of the tile, for host code.</summary>
    static abstract int Columns { get; }

    /// <summary>Multiplies each row by a factor.</summary>
    void ScaleRows(Quad upper, Quad lower);

    /// <summary>Writes the tile to [row][column], rows <see cref="OuterTile.Pitch"/> apart; the index is that of the thread's first quad.</summary>
    void Store(ArrayView<Quad> shared, int index);
}

/// <summary>32 columns: heads of at most that width waste nothing.</summary>
internal struct NarrowTile : IRowTile<NarrowTile>
{
    private ThreadStrip strip;

    public static int Columns => OuterTile.Size / 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(ArrayView<Quad> rows, ArrayView<Quad> columns, int at) =>
        strip.MultiplyAdd(rows[at], rows[at + OuterTile.Side], columns[at]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void ScaleRows(Quad upper, Quad lower) => strip.ScaleRows(upper, lower);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<Quad> shared, int index) => strip.Store(shared, index);
}

/// <summary>64 columns: the thread's second strip lies 32 columns beside its first.</summary>
internal struct WideTile : IRowTile<WideTile>
{
    private ThreadStrip first;
    private ThreadStrip second;

    public static int Columns => OuterTile.Size;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(ArrayView<Quad> rows, ArrayView<Quad> columns, int at)
    {
        var upper = rows[at];
        var lower = rows[at + OuterTile.Side];
        first.MultiplyAdd(upper, lower, columns[at]);
        second.MultiplyAdd(upper, lower, columns[at + OuterTile.Side]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void ScaleRows(Quad upper, Quad lower)
    {
        first.ScaleRows(upper, lower);
        second.ScaleRows(upper, lower);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<Quad> shared, int index)
    {
        first.Store(shared, index);
        second.Store(shared, index + OuterTile.Side);
    }

    /// <summary>As <see cref="ThreadStrip.ScaleAndMask"/>; the count is that of the tile's columns, from the thread's first one on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void ScaleAndMask(float factor, int count)
    {
        first.ScaleAndMask(factor, count);
        second.ScaleAndMask(factor, count - (OuterTile.Size / 2));
    }

    /// <summary>As <see cref="ThreadStrip.Exponentiate"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Exponentiate(Quad upper, Quad lower, Quad firstColumns, Quad secondColumns)
    {
        first.Exponentiate(upper, lower, firstColumns);
        second.Exponentiate(upper, lower, secondColumns);
    }

    /// <summary>Writes the largest element of each of the thread's rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreMaxima(ArrayView<float> shared, int index, int pitch)
    {
        var lowest = ThreadStrip.Broadcast(float.NegativeInfinity);
        StoreRows(shared, index, pitch, second.UpperMaxima(first.UpperMaxima(lowest)), second.LowerMaxima(first.LowerMaxima(lowest)));
    }

    /// <summary>Writes the sum of each of the thread's rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreSums(ArrayView<float> shared, int index, int pitch) =>
        StoreRows(shared, index, pitch, second.UpperSums(first.UpperSums(default)), second.LowerSums(first.LowerSums(default)));

    /// <summary>As <see cref="ThreadStrip.StoreTransposed"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreTransposed(ArrayView<Quad> shared, int index)
    {
        first.StoreTransposed(shared, index);
        second.StoreTransposed(shared, index + (OuterTile.Size / 2 * OuterTile.Pitch / 4));
    }

    /// <summary>As <see cref="ThreadStrip.MultiplyTransposed"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void MultiplyTransposed(
        ArrayView<Quad> shared, int index, Quad upper, Quad lower, Quad firstColumns, Quad secondColumns)
    {
        first.MultiplyTransposed(shared, index, upper, lower, firstColumns);
        second.MultiplyTransposed(shared, index + (OuterTile.Size / 2 * OuterTile.Pitch / 4), upper, lower, secondColumns);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRows(ArrayView<float> shared, int index, int pitch, Quad upper, Quad lower)
    {
        shared[index] = upper.X;
        shared[index + pitch] = upper.Y;
        shared[index + (2 * pitch)] = upper.Z;
        shared[index + (3 * pitch)] = upper.W;
        index += OuterTile.Size / 2 * pitch;
        shared[index] = lower.X;
        shared[index + pitch] = lower.Y;
        shared[index + (2 * pitch)] = lower.Z;
        shared[index + (3 * pitch)] = lower.W;
    }
}
