using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace KernelDiff.Kernels.Cpu;

/// <summary>Sixteen fp32 lanes: AVX-512 (F, BW, DQ and VL).</summary>
public readonly unsafe struct Float512 : ISimd<Float512>
{
    private readonly Vector512<float> vector;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Float512(Vector512<float> value) => vector = value;

    public Vector512<float> Value
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => vector;
    }

    public static bool IsSupported
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Avx512F.VL.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported;
    }

    public static int Width
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 16;
    }

    public static Float512 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector512<float>.Zero);
    }

    public static Float512 Indices
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector512<float>.Indices);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 Create(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 Load(float* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 LoadPartial(float* source, int count) =>
        new(Avx512F.MaskLoad(source, FirstLanes(count), Vector512<float>.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 LoadPartial(float* source, int count, Float512 fill) =>
        new(Avx512F.MaskLoad(source, FirstLanes(count), fill.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Float512 value, float* destination) => Vector512.Store(value.vector, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartial(Float512 value, float* destination, int count) =>
        Avx512F.MaskStore(destination, FirstLanes(count), value.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 operator +(Float512 left, Float512 right) => new(left.vector + right.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 operator -(Float512 left, Float512 right) => new(left.vector - right.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 operator *(Float512 left, Float512 right) => new(left.vector * right.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 operator /(Float512 left, Float512 right) => new(left.vector / right.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 operator -(Float512 value) => new(-value.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 operator &(Float512 left, Float512 right) => new(left.vector & right.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 operator |(Float512 left, Float512 right) => new(left.vector | right.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 operator ^(Float512 left, Float512 right) => new(left.vector ^ right.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 MultiplyAdd(Float512 a, Float512 b, Float512 c) =>
        new(Vector512.MultiplyAddEstimate(a.vector, b.vector, c.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 NegatedMultiplyAdd(Float512 a, Float512 b, Float512 c) =>
        new(Avx512F.FusedMultiplyAddNegated(a.vector, b.vector, c.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 Min(Float512 left, Float512 right)
    {
        // The native instruction returns its second operand where either is NaN: only a NaN in the first needs help.
        Vector512<float> native = Vector512.MinNative(left.vector, right.vector);
        return new(Vector512.ConditionalSelect(Vector512.Equals(left.vector, left.vector), native, left.vector));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 Max(Float512 left, Float512 right)
    {
        // The native instruction returns its second operand where either is NaN: only a NaN in the first needs help.
        Vector512<float> native = Vector512.MaxNative(left.vector, right.vector);
        return new(Vector512.ConditionalSelect(Vector512.Equals(left.vector, left.vector), native, left.vector));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 MinNative(Float512 left, Float512 right) => new(Vector512.MinNative(left.vector, right.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 MaxNative(Float512 left, Float512 right) => new(Vector512.MaxNative(left.vector, right.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 Abs(Float512 value) => new(Vector512.Abs(value.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 Sqrt(Float512 value) => new(Vector512.Sqrt(value.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 Reciprocal(Float512 value) => new(Vector512.Create(1f) / value.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 Floor(Float512 value) => new(Vector512.Floor(value.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 Ceiling(Float512 value) => new(Vector512.Ceiling(value.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 Round(Float512 value) => new(Vector512.Round(value.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 CopySign(Float512 magnitude, Float512 sign) =>
        new(Vector512.ConditionalSelect(Vector512.Create(-0f), sign.vector, magnitude.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 Equal(Float512 left, Float512 right) => new(Vector512.Equals(left.vector, right.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 LessThan(Float512 left, Float512 right) => new(Vector512.LessThan(left.vector, right.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 LessThanOrEqual(Float512 left, Float512 right) => new(Vector512.LessThanOrEqual(left.vector, right.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 GreaterThan(Float512 left, Float512 right) => new(Vector512.GreaterThan(left.vector, right.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 GreaterThanOrEqual(Float512 left, Float512 right) => new(Vector512.GreaterThanOrEqual(left.vector, right.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 IsNaN(Float512 value) => new(Vector512.IsNaN(value.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 Select(Float512 mask, Float512 whenTrue, Float512 whenFalse) =>
        new(Vector512.ConditionalSelect(mask.vector, whenTrue.vector, whenFalse.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(Float512 mask) => Vector512.ExtractMostSignificantBits(mask.vector) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool All(Float512 mask) => Vector512.ExtractMostSignificantBits(mask.vector) == 0xFFFF;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Float512 value)
    {
        Vector256<float> half = value.vector.GetLower() + value.vector.GetUpper();
        return Float256.Sum(new Float256(half));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxAcross(Float512 value) =>
        Float256.MaxAcross(Float256.Max(new Float256(value.vector.GetLower()), new Float256(value.vector.GetUpper())));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MinAcross(Float512 value) =>
        Float256.MinAcross(Float256.Min(new Float256(value.vector.GetLower()), new Float256(value.vector.GetUpper())));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 ScaleByPowerOfTwo(Float512 value, Float512 exponent) => new(Avx512F.Scale(value.vector, exponent.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 Exponent(Float512 value) =>
        new(Vector512.ConvertToSingle((value.vector.AsInt32() >> 23) - Vector512.Create(127)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 Mantissa(Float512 value) =>
        new(((value.vector.AsInt32() & Vector512.Create(0x007FFFFF)) | Vector512.Create(0x3F800000)).AsSingle());

    [MethodImpl(HotLoop.Options)]
    public static void TransposeBlock(float* source, long sourceStride, float* destination, long destinationStride)
    {
        // Four blocks of half the size: wider shuffles save little, and the code would not fit a page.
        float* lower = source + (8 * sourceStride);
        float* right = destination + (8 * destinationStride);
        Float256.TransposeBlock(source, sourceStride, destination, destinationStride);
        Float256.TransposeBlock(source + 8, sourceStride, right, destinationStride);
        Float256.TransposeBlock(lower, sourceStride, destination + 8, destinationStride);
        Float256.TransposeBlock(lower + 8, sourceStride, right + 8, destinationStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> FirstLanes(int count) =>
        Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle();
}
