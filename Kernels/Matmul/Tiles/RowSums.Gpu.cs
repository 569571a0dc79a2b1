using System.Runtime.CompilerServices;
using ILGPU;

namespace KernelDiff.Kernels.Matmul;

/// <summary>The sums of a thread, one for each row.</summary>
internal interface IRowSums<TSelf>
    where TSelf : struct, IRowSums<TSelf>
{
    /// <summary>Rows.</summary>
    static abstract int Count { get; }

    /// <summary>Sums of zero.</summary>
    /// <param name="origin">Index of the first row's first quad of the left operand.</param>
    /// <param name="stride">Quads from one row to the next.</param>
    /// <param name="last">The last row, which stands for those behind it: their sums are not stored.</param>
    static abstract TSelf Place(int origin, int stride, int last);

    /// <summary>Adds the products of a slice, step by step.</summary>
    void MultiplyAdd(ArrayView<Quad> left, Quad upper, Quad lower);

    /// <summary>Writes the sums.</summary>
    /// <param name="shared">Where to.</param>
    /// <param name="at">Index of the first row's.</param>
    /// <param name="pitch">Floats from one row to the next.</param>
    void Store(ArrayView<float> shared, int at, int pitch);
}

/// <summary>A row's sum, and where its next quad of the left operand stands.</summary>
internal struct RowSum
{
    private int quad;
    private float sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowSum At(int quad)
    {
        RowSum row = default;
        row.quad = quad;
        return row;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(ArrayView<Quad> left, Quad upper, Quad lower)
    {
        var first = left[quad];
        var second = left[quad + 1];
        sum += first.X * upper.X;
        sum += first.Y * upper.Y;
        sum += first.Z * upper.Z;
        sum += first.W * upper.W;
        sum += second.X * lower.X;
        sum += second.Y * lower.Y;
        sum += second.Z * lower.Z;
        sum += second.W * lower.W;
        quad += SliceProducts.Depth / Quad.Elements;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<float> shared, int at) => shared[at] = sum;
}

/// <summary>The sums of two rows.</summary>
internal struct TwoRows : IRowSums<TwoRows>
{
    private RowSum first;
    private RowSum second;

    public static int Count => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoRows Place(int origin, int stride, int last) => From(0, origin, stride, last);

    /// <summary>The sums of a row and the one behind it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoRows From(int row, int origin, int stride, int last)
    {
        TwoRows rows = default;
        rows.first = RowSum.At(origin + (IntrinsicMath.Min(row, last) * stride));
        rows.second = RowSum.At(origin + (IntrinsicMath.Min(row + 1, last) * stride));
        return rows;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(ArrayView<Quad> left, Quad upper, Quad lower)
    {
        first.MultiplyAdd(left, upper, lower);
        second.MultiplyAdd(left, upper, lower);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<float> shared, int at, int pitch)
    {
        first.Store(shared, at);
        second.Store(shared, at + pitch);
    }
}

/// <summary>The sums of eight rows.</summary>
internal struct EightRows : IRowSums<EightRows>
{
    private TwoRows first;
    private TwoRows second;
    private TwoRows third;
    private TwoRows fourth;

    public static int Count => FewRowsMatmul.MostRows;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightRows Place(int origin, int stride, int last)
    {
        EightRows rows = default;
        rows.first = TwoRows.From(0, origin, stride, last);
        rows.second = TwoRows.From(2, origin, stride, last);
        rows.third = TwoRows.From(4, origin, stride, last);
        rows.fourth = TwoRows.From(6, origin, stride, last);
        return rows;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(ArrayView<Quad> left, Quad upper, Quad lower)
    {
        first.MultiplyAdd(left, upper, lower);
        second.MultiplyAdd(left, upper, lower);
        third.MultiplyAdd(left, upper, lower);
        fourth.MultiplyAdd(left, upper, lower);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<float> shared, int at, int pitch)
    {
        first.Store(shared, at, pitch);
        second.Store(shared, at + (2 * pitch), pitch);
        third.Store(shared, at + (4 * pitch), pitch);
        fourth.Store(shared, at + (6 * pitch), pitch);
    }
}
