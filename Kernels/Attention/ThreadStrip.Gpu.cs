using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Attention;

/// <summary>
/// What one of 64 threads holds of a tile of 64 rows and 32 columns: rows 4y .. 4y+3 and 32+4y .. 32+4y+3, columns 4x .. 4x+3 for the
/// thread at (x, y) of an 8x8 grid, the division of <see cref="OuterTile"/>. Where a method takes quads of rows, the first belongs to the
/// upper four rows.
/// </summary>
internal struct ThreadStrip
{
    private Quad r0;
    private Quad r1;
    private Quad r2;
    private Quad r3;
    private Quad r4;
    private Quad r5;
    private Quad r6;
    private Quad r7;

    /// <summary>Adds the outer product of eight rows and four columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(Quad upper, Quad lower, Quad columns)
    {
        r0.MultiplyAdd(upper.X, columns);
        r1.MultiplyAdd(upper.Y, columns);
        r2.MultiplyAdd(upper.Z, columns);
        r3.MultiplyAdd(upper.W, columns);
        r4.MultiplyAdd(lower.X, columns);
        r5.MultiplyAdd(lower.Y, columns);
        r6.MultiplyAdd(lower.Z, columns);
        r7.MultiplyAdd(lower.W, columns);
    }

    /// <summary>Multiplies each row by a factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void ScaleRows(Quad upper, Quad lower)
    {
        r0 = Scale(r0, upper.X);
        r1 = Scale(r1, upper.Y);
        r2 = Scale(r2, upper.Z);
        r3 = Scale(r3, upper.W);
        r4 = Scale(r4, lower.X);
        r5 = Scale(r5, lower.Y);
        r6 = Scale(r6, lower.Z);
        r7 = Scale(r7, lower.W);
    }

    /// <summary>Multiplies everything by a factor and puts minus infinity into columns from <paramref name="count"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void ScaleAndMask(float factor, int count)
    {
        r0 = Mask(Scale(r0, factor), count);
        r1 = Mask(Scale(r1, factor), count);
        r2 = Mask(Scale(r2, factor), count);
        r3 = Mask(Scale(r3, factor), count);
        r4 = Mask(Scale(r4, factor), count);
        r5 = Mask(Scale(r5, factor), count);
        r6 = Mask(Scale(r6, factor), count);
        r7 = Mask(Scale(r7, factor), count);
    }

    /// <summary>Replaces each element e of row i and column j by 2^(e - rows[i] - columns[j]).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Exponentiate(Quad upper, Quad lower, Quad columns)
    {
        r0 = Power(r0, upper.X, columns);
        r1 = Power(r1, upper.Y, columns);
        r2 = Power(r2, upper.Z, columns);
        r3 = Power(r3, upper.W, columns);
        r4 = Power(r4, lower.X, columns);
        r5 = Power(r5, lower.Y, columns);
        r6 = Power(r6, lower.Z, columns);
        r7 = Power(r7, lower.W, columns);
    }

    /// <summary>The largest element of each of the upper rows, or <paramref name="atLeast"/>'s.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Quad UpperMaxima(Quad atLeast) => Maxima(r0, r1, r2, r3, atLeast);

    /// <summary>As <see cref="UpperMaxima"/> for the lower rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Quad LowerMaxima(Quad atLeast) => Maxima(r4, r5, r6, r7, atLeast);

    /// <summary>Adds the sum of each of the upper rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Quad UpperSums(Quad previous) => Sums(r0, r1, r2, r3, previous);

    /// <summary>As <see cref="UpperSums"/> for the lower rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Quad LowerSums(Quad previous) => Sums(r4, r5, r6, r7, previous);

    /// <summary>Writes the strip to a tile of [column][row], rows <see cref="OuterTile.Pitch"/> apart.</summary>
    /// <param name="shared">Shared memory as quads.</param>
    /// <param name="index">The quad that receives the upper rows of the first column.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreTransposed(ArrayView<Quad> shared, int index)
    {
        const int Next = OuterTile.Pitch / 4;
        shared[index] = Create(r0.X, r1.X, r2.X, r3.X);
        shared[index + OuterTile.Side] = Create(r4.X, r5.X, r6.X, r7.X);
        shared[index + Next] = Create(r0.Y, r1.Y, r2.Y, r3.Y);
        shared[index + Next + OuterTile.Side] = Create(r4.Y, r5.Y, r6.Y, r7.Y);
        shared[index + (2 * Next)] = Create(r0.Z, r1.Z, r2.Z, r3.Z);
        shared[index + (2 * Next) + OuterTile.Side] = Create(r4.Z, r5.Z, r6.Z, r7.Z);
        shared[index + (3 * Next)] = Create(r0.W, r1.W, r2.W, r3.W);
        shared[index + (3 * Next) + OuterTile.Side] = Create(r4.W, r5.W, r6.W, r7.W);
    }

    /// <summary>
    /// Multiplies what <see cref="StoreTransposed"/> wrote from another strip by this one's elements e less rows[i] and columns[j].
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void MultiplyTransposed(ArrayView<Quad> shared, int index, Quad upper, Quad lower, Quad columns)
    {
        const int Next = OuterTile.Pitch / 4;
        shared[index] = Multiply(shared[index], Create(r0.X, r1.X, r2.X, r3.X), upper, columns.X);
        shared[index + OuterTile.Side] = Multiply(shared[index + OuterTile.Side], Create(r4.X, r5.X, r6.X, r7.X), lower, columns.X);
        index += Next;
        shared[index] = Multiply(shared[index], Create(r0.Y, r1.Y, r2.Y, r3.Y), upper, columns.Y);
        shared[index + OuterTile.Side] = Multiply(shared[index + OuterTile.Side], Create(r4.Y, r5.Y, r6.Y, r7.Y), lower, columns.Y);
        index += Next;
        shared[index] = Multiply(shared[index], Create(r0.Z, r1.Z, r2.Z, r3.Z), upper, columns.Z);
        shared[index + OuterTile.Side] = Multiply(shared[index + OuterTile.Side], Create(r4.Z, r5.Z, r6.Z, r7.Z), lower, columns.Z);
        index += Next;
        shared[index] = Multiply(shared[index], Create(r0.W, r1.W, r2.W, r3.W), upper, columns.W);
        shared[index + OuterTile.Side] = Multiply(shared[index + OuterTile.Side], Create(r4.W, r5.W, r6.W, r7.W), lower, columns.W);
    }

    /// <summary>Writes the strip to a tile of [row][column], rows <see cref="OuterTile.Pitch"/> apart.</summary>
    /// <param name="shared">Shared memory as quads.</param>
    /// <param name="index">The quad that receives the first row.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<Quad> shared, int index)
    {
        const int Next = OuterTile.Pitch / 4;
        const int Lower = OuterTile.Size / 2 * Next;
        shared[index] = r0;
        shared[index + Next] = r1;
        shared[index + (2 * Next)] = r2;
        shared[index + (3 * Next)] = r3;
        shared[index + Lower] = r4;
        shared[index + Lower + Next] = r5;
        shared[index + Lower + (2 * Next)] = r6;
        shared[index + Lower + (3 * Next)] = r7;
    }

    /// <summary>Four times the same value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quad Broadcast(float value) => Create(value, value, value, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Quad Create(float x, float y, float z, float w)
    {
        Quad quad = default;
        quad.X = x;
        quad.Y = y;
        quad.Z = z;
        quad.W = w;
        return quad;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Quad Scale(Quad row, float factor) => Create(row.X * factor, row.Y * factor, row.Z * factor, row.W * factor);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Quad Mask(Quad row, int count) => Create(
        count > 0 ? row.X : float.NegativeInfinity,
        count > 1 ? row.Y : float.NegativeInfinity,
        count > 2 ? row.Z : float.NegativeInfinity,
        count > 3 ? row.W : float.NegativeInfinity);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Quad Power(Quad row, float subtrahend, Quad columns) => Create(
        XMath.Exp2(row.X - subtrahend - columns.X),
        XMath.Exp2(row.Y - subtrahend - columns.Y),
        XMath.Exp2(row.Z - subtrahend - columns.Z),
        XMath.Exp2(row.W - subtrahend - columns.W));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Quad Maxima(Quad a, Quad b, Quad c, Quad d, Quad atLeast) => Create(
        XMath.Max(atLeast.X, Largest(a)),
        XMath.Max(atLeast.Y, Largest(b)),
        XMath.Max(atLeast.Z, Largest(c)),
        XMath.Max(atLeast.W, Largest(d)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Largest(Quad row) => XMath.Max(XMath.Max(row.X, row.Y), XMath.Max(row.Z, row.W));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Quad Sums(Quad a, Quad b, Quad c, Quad d, Quad previous) => Create(
        previous.X + Sum(a),
        previous.Y + Sum(b),
        previous.Z + Sum(c),
        previous.W + Sum(d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Sum(Quad row) => row.X + row.Y + (row.Z + row.W);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Quad Multiply(Quad product, Quad factor, Quad rows, float column) => Create(
        product.X * (factor.X - rows.X - column),
        product.Y * (factor.Y - rows.Y - column),
        product.Z * (factor.Z - rows.Z - column),
        product.W * (factor.W - rows.W - column));
}
