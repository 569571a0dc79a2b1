using System.Runtime.CompilerServices;
using ILGPU;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Attention;

/// <summary>
/// One thread's accumulators of a tile of 64 rows that 64 threads share, 32 or 64 columns wide; <c>default</c> is the tile of zeros.
/// </summary>
/// <typeparam name="TSelf">The struct itself.</typeparam>
internal interface IRowTile<TSelf>
    where TSelf : struct, IRowTile<TSelf>
{
    /// <summary>Columns of the tile, for host code.</summary>
    static abstract int Columns { get; }

    /// <summary>The steps of a slice, as <see cref="OuterTile.MultiplySlice"/>.</summary>
    void MultiplySlice(ArrayView<Quad> shared, int left, int right);

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
    public void MultiplySlice(ArrayView<Quad> shared, int left, int right)
    {
        const int Next = OuterTile.Pitch / Quad.Elements;
        const int Side = OuterTile.Side;
        var rows = shared.SubView(left);
        var columns = shared.SubView(right);
        strip.MultiplyAdd(rows[0], rows[Side], columns[0]);
        strip.MultiplyAdd(rows[Next], rows[Next + Side], columns[Next]);
        strip.MultiplyAdd(rows[2 * Next], rows[(2 * Next) + Side], columns[2 * Next]);
        strip.MultiplyAdd(rows[3 * Next], rows[(3 * Next) + Side], columns[3 * Next]);
        strip.MultiplyAdd(rows[4 * Next], rows[(4 * Next) + Side], columns[4 * Next]);
        strip.MultiplyAdd(rows[5 * Next], rows[(5 * Next) + Side], columns[5 * Next]);
        strip.MultiplyAdd(rows[6 * Next], rows[(6 * Next) + Side], columns[6 * Next]);
        strip.MultiplyAdd(rows[7 * Next], rows[(7 * Next) + Side], columns[7 * Next]);
    }

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
    public void MultiplySlice(ArrayView<Quad> shared, int left, int right)
    {
        const int Next = OuterTile.Pitch / Quad.Elements;
        const int Side = OuterTile.Side;
        var rows = shared.SubView(left);
        var columns = shared.SubView(right);
        MultiplyAdd(rows[0], rows[Side], columns[0], columns[Side]);
        MultiplyAdd(rows[Next], rows[Next + Side], columns[Next], columns[Next + Side]);
        MultiplyAdd(rows[2 * Next], rows[(2 * Next) + Side], columns[2 * Next], columns[(2 * Next) + Side]);
        MultiplyAdd(rows[3 * Next], rows[(3 * Next) + Side], columns[3 * Next], columns[(3 * Next) + Side]);
        MultiplyAdd(rows[4 * Next], rows[(4 * Next) + Side], columns[4 * Next], columns[(4 * Next) + Side]);
        MultiplyAdd(rows[5 * Next], rows[(5 * Next) + Side], columns[5 * Next], columns[(5 * Next) + Side]);
        MultiplyAdd(rows[6 * Next], rows[(6 * Next) + Side], columns[6 * Next], columns[(6 * Next) + Side]);
        MultiplyAdd(rows[7 * Next], rows[(7 * Next) + Side], columns[7 * Next], columns[(7 * Next) + Side]);
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
    private void MultiplyAdd(Quad upper, Quad lower, Quad firstColumns, Quad secondColumns)
    {
        first.MultiplyAdd(upper, lower, firstColumns);
        second.MultiplyAdd(upper, lower, secondColumns);
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
