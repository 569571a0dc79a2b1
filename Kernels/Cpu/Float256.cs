using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace KernelDiff.Kernels.Cpu;

/// <summary>Eight fp32 lanes: AVX2 with FMA.</summary>
public readonly unsafe struct Float256 : ISimd<Float256>
{
    private readonly Vector256<float> vector;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Float256(Vector256<float> value) => vector = value;

    public Vector256<float> Value
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => vector;
    }

    public static bool IsSupported
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Avx2.IsSupported && Fma.IsSupported;
    }

    public static int Width
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 8;
    }

    public static Float256 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector256<float>.Zero);
    }

    public static Float256 Indices
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector256<float>.Indices);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Create(float value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Load(float* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 LoadPartial(float* source, int count) => new(Avx.MaskLoad(source, FirstLanes(count)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 LoadPartial(float* source, int count, Float256 fill)
    {
        Vector256<float> mask = FirstLanes(count);
        return new(Vector256.ConditionalSelect(mask, Avx.MaskLoad(source, mask), fill.vector));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Float256 value, float* destination) => Vector256.Store(value.vector, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartial(Float256 value, float* destination, int count) =>
        Avx.MaskStore(destination, FirstLanes(count), value.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 operator +(Float256 left, Float256 right) => new(left.vector + right.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 operator -(Float256 left, Float256 right) => new(left.vector - right.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 operator *(Float256 left, Float256 right) => new(left.vector * right.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 operator /(Float256 left, Float256 right) => new(left.vector / right.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 operator -(Float256 value) => new(-value.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 operator &(Float256 left, Float256 right) => new(left.vector & right.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 operator |(Float256 left, Float256 right) => new(left.vector | right.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 operator ^(Float256 left, Float256 right) => new(left.vector ^ right.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 MultiplyAdd(Float256 a, Float256 b, Float256 c) =>
        new(Vector256.MultiplyAddEstimate(a.vector, b.vector, c.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 NegatedMultiplyAdd(Float256 a, Float256 b, Float256 c) =>
        new(Fma.MultiplyAddNegated(a.vector, b.vector, c.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Min(Float256 left, Float256 right)
    {
        // The native instruction returns its second operand where either is NaN: only a NaN in the first needs help.
        Vector256<float> native = Vector256.MinNative(left.vector, right.vector);
        return new(Vector256.ConditionalSelect(Vector256.Equals(left.vector, left.vector), native, left.vector));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Max(Float256 left, Float256 right)
    {
        // The native instruction returns its second operand where either is NaN: only a NaN in the first needs help.
        Vector256<float> native = Vector256.MaxNative(left.vector, right.vector);
        return new(Vector256.ConditionalSelect(Vector256.Equals(left.vector, left.vector), native, left.vector));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 MinNative(Float256 left, Float256 right) => new(Vector256.MinNative(left.vector, right.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 MaxNative(Float256 left, Float256 right) => new(Vector256.MaxNative(left.vector, right.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Abs(Float256 value) => new(Vector256.Abs(value.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Sqrt(Float256 value) => new(Vector256.Sqrt(value.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Reciprocal(Float256 value) => new(Vector256.Create(1f) / value.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Floor(Float256 value) => new(Vector256.Floor(value.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Ceiling(Float256 value) => new(Vector256.Ceiling(value.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Round(Float256 value) => new(Vector256.Round(value.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 CopySign(Float256 magnitude, Float256 sign) =>
        new(Vector256.ConditionalSelect(Vector256.Create(-0f), sign.vector, magnitude.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Equal(Float256 left, Float256 right) => new(Vector256.Equals(left.vector, right.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 LessThan(Float256 left, Float256 right) => new(Vector256.LessThan(left.vector, right.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 LessThanOrEqual(Float256 left, Float256 right) => new(Vector256.LessThanOrEqual(left.vector, right.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 GreaterThan(Float256 left, Float256 right) => new(Vector256.GreaterThan(left.vector, right.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 GreaterThanOrEqual(Float256 left, Float256 right) => new(Vector256.GreaterThanOrEqual(left.vector, right.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 IsNaN(Float256 value) => new(Vector256.IsNaN(value.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Select(Float256 mask, Float256 whenTrue, Float256 whenFalse) =>
        new(Vector256.ConditionalSelect(mask.vector, whenTrue.vector, whenFalse.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(Float256 mask) => Vector256.ExtractMostSignificantBits(mask.vector) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool All(Float256 mask) => Vector256.ExtractMostSignificantBits(mask.vector) == 0xFF;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Float256 value)
    {
        Vector128<float> half = value.vector.GetLower() + value.vector.GetUpper();
        return Float128.Sum(new Float128(half));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxAcross(Float256 value) =>
        Float128.MaxAcross(Float128.Max(new Float128(value.vector.GetLower()), new Float128(value.vector.GetUpper())));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MinAcross(Float256 value) =>
        Float128.MinAcross(Float128.Min(new Float128(value.vector.GetLower()), new Float128(value.vector.GetUpper())));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 ScaleByPowerOfTwo(Float256 value, Float256 exponent)
    {
        // Two factors, because 2^n itself overflows or is subnormal at the ends of the range; the first product is exact.
        Vector256<int> whole = Vector256.ConvertToInt32Native(exponent.vector);
        Vector256<int> half = whole >> 1;
        return new(value.vector * PowerOfTwo(half) * PowerOfTwo(whole - half));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> PowerOfTwo(Vector256<int> exponent) =>
        ((exponent + Vector256.Create(127)) << 23).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Exponent(Float256 value) =>
        new(Vector256.ConvertToSingle((value.vector.AsInt32() >> 23) - Vector256.Create(127)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Mantissa(Float256 value) =>
        new(((value.vector.AsInt32() & Vector256.Create(0x007FFFFF)) | Vector256.Create(0x3F800000)).AsSingle());

    [MethodImpl(HotLoop.Options)]
    public static void TransposeBlock(float* source, long sourceStride, float* destination, long destinationStride)
    {
        Vector256<float> row0 = Vector256.Load(source);
        Vector256<float> row1 = Vector256.Load(source + (1 * sourceStride));
        Vector256<float> row2 = Vector256.Load(source + (2 * sourceStride));
        Vector256<float> row3 = Vector256.Load(source + (3 * sourceStride));
        Vector256<float> row4 = Vector256.Load(source + (4 * sourceStride));
        Vector256<float> row5 = Vector256.Load(source + (5 * sourceStride));
        Vector256<float> row6 = Vector256.Load(source + (6 * sourceStride));
        Vector256<float> row7 = Vector256.Load(source + (7 * sourceStride));

        // Pairs of rows, lane by lane; then fours within each half; then the halves.
        Vector256<float> low0 = Avx.UnpackLow(row0, row1);
        Vector256<float> high0 = Avx.UnpackHigh(row0, row1);
        Vector256<float> low1 = Avx.UnpackLow(row2, row3);
        Vector256<float> high1 = Avx.UnpackHigh(row2, row3);
        Vector256<float> low2 = Avx.UnpackLow(row4, row5);
        Vector256<float> high2 = Avx.UnpackHigh(row4, row5);
        Vector256<float> low3 = Avx.UnpackLow(row6, row7);
        Vector256<float> high3 = Avx.UnpackHigh(row6, row7);
        Vector256<float> four0 = Avx.Shuffle(low0, low1, 0x44);
        Vector256<float> four1 = Avx.Shuffle(low0, low1, 0xEE);
        Vector256<float> four2 = Avx.Shuffle(high0, high1, 0x44);
        Vector256<float> four3 = Avx.Shuffle(high0, high1, 0xEE);
        Vector256<float> four4 = Avx.Shuffle(low2, low3, 0x44);
        Vector256<float> four5 = Avx.Shuffle(low2, low3, 0xEE);
        Vector256<float> four6 = Avx.Shuffle(high2, high3, 0x44);
        Vector256<float> four7 = Avx.Shuffle(high2, high3, 0xEE);
        Vector256.Store(Avx.Permute2x128(four0, four4, 0x20), destination);
        Vector256.Store(Avx.Permute2x128(four1, four5, 0x20), destination + (1 * destinationStride));
        Vector256.Store(Avx.Permute2x128(four2, four6, 0x20), destination + (2 * destinationStride));
        Vector256.Store(Avx.Permute2x128(four3, four7, 0x20), destination + (3 * destinationStride));
        Vector256.Store(Avx.Permute2x128(four0, four4, 0x31), destination + (4 * destinationStride));
        Vector256.Store(Avx.Permute2x128(four1, four5, 0x31), destination + (5 * destinationStride));
        Vector256.Store(Avx.Permute2x128(four2, four6, 0x31), destination + (6 * destinationStride));
        Vector256.Store(Avx.Permute2x128(four3, four7, 0x31), destination + (7 * destinationStride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> FirstLanes(int count) =>
        Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).AsSingle();
}
