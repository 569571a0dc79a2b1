using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace KernelDiff.Kernels.Cpu;

/// <summary>Four fp32 lanes: the portable width (SSE, NEON), and the one every processor has.</summary>
public readonly unsafe struct Float128 : ISimd<Float128>
{
    private readonly Vector128<float> vector;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Float128(Vector128<float> value) => vector = value;

    public Vector128<float> Value
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => vector;
    }

    /// <summary>Always true: where a processor has no vectors, the runtime executes this width lane by lane.</summary>
    public static bool IsSupported
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => true;
    }

    public static int Width
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 4;
    }

    public static Float128 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector128<float>.Zero);
    }

    public static Float128 Indices
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector128<float>.Indices);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Create(float value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Load(float* source) => new(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 LoadPartial(float* source, int count) => LoadPartial(source, count, Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 LoadPartial(float* source, int count, Float128 fill)
    {
        if (count >= 4)
            return Load(source);

        Vector128<float> value = fill.vector;
        if (count > 0)
            value = value.WithElement(0, source[0]);
        if (count > 1)
            value = value.WithElement(1, source[1]);
        if (count > 2)
            value = value.WithElement(2, source[2]);
        return new(value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Float128 value, float* destination) => Vector128.Store(value.vector, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartial(Float128 value, float* destination, int count)
    {
        if (count >= 4)
        {
            Store(value, destination);
            return;
        }

        if (count > 0)
            destination[0] = value.vector.GetElement(0);
        if (count > 1)
            destination[1] = value.vector.GetElement(1);
        if (count > 2)
            destination[2] = value.vector.GetElement(2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 operator +(Float128 left, Float128 right) => new(left.vector + right.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 operator -(Float128 left, Float128 right) => new(left.vector - right.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 operator *(Float128 left, Float128 right) => new(left.vector * right.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 operator /(Float128 left, Float128 right) => new(left.vector / right.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 operator -(Float128 value) => new(-value.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 operator &(Float128 left, Float128 right) => new(left.vector & right.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 operator |(Float128 left, Float128 right) => new(left.vector | right.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 operator ^(Float128 left, Float128 right) => new(left.vector ^ right.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 MultiplyAdd(Float128 a, Float128 b, Float128 c) =>
        new(Vector128.MultiplyAddEstimate(a.vector, b.vector, c.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 NegatedMultiplyAdd(Float128 a, Float128 b, Float128 c) =>
        new(Fma.IsSupported ? Fma.MultiplyAddNegated(a.vector, b.vector, c.vector)
            : Vector128.MultiplyAddEstimate(-a.vector, b.vector, c.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Min(Float128 left, Float128 right)
    {
        // The native instruction returns its second operand where either is NaN: only a NaN in the first needs help.
        Vector128<float> native = Vector128.MinNative(left.vector, right.vector);
        return new(Vector128.ConditionalSelect(Vector128.Equals(left.vector, left.vector), native, left.vector));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Max(Float128 left, Float128 right)
    {
        // The native instruction returns its second operand where either is NaN: only a NaN in the first needs help.
        Vector128<float> native = Vector128.MaxNative(left.vector, right.vector);
        return new(Vector128.ConditionalSelect(Vector128.Equals(left.vector, left.vector), native, left.vector));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 MinNative(Float128 left, Float128 right) => new(Vector128.MinNative(left.vector, right.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 MaxNative(Float128 left, Float128 right) => new(Vector128.MaxNative(left.vector, right.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Abs(Float128 value) => new(Vector128.Abs(value.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Sqrt(Float128 value) => new(Vector128.Sqrt(value.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Reciprocal(Float128 value) => new(Vector128.Create(1f) / value.vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Floor(Float128 value) => new(Vector128.Floor(value.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Ceiling(Float128 value) => new(Vector128.Ceiling(value.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Round(Float128 value) => new(Vector128.Round(value.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 CopySign(Float128 magnitude, Float128 sign) =>
        new(Vector128.ConditionalSelect(Vector128.Create(-0f), sign.vector, magnitude.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Equal(Float128 left, Float128 right) => new(Vector128.Equals(left.vector, right.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 LessThan(Float128 left, Float128 right) => new(Vector128.LessThan(left.vector, right.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 LessThanOrEqual(Float128 left, Float128 right) => new(Vector128.LessThanOrEqual(left.vector, right.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 GreaterThan(Float128 left, Float128 right) => new(Vector128.GreaterThan(left.vector, right.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 GreaterThanOrEqual(Float128 left, Float128 right) => new(Vector128.GreaterThanOrEqual(left.vector, right.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 IsNaN(Float128 value) => new(Vector128.IsNaN(value.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Select(Float128 mask, Float128 whenTrue, Float128 whenFalse) =>
        new(Vector128.ConditionalSelect(mask.vector, whenTrue.vector, whenFalse.vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(Float128 mask) => Vector128.ExtractMostSignificantBits(mask.vector) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool All(Float128 mask) => Vector128.ExtractMostSignificantBits(mask.vector) == 0xF;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Float128 value)
    {
        Vector128<float> v = value.vector;
        return (v.GetElement(0) + v.GetElement(2)) + (v.GetElement(1) + v.GetElement(3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxAcross(Float128 value)
    {
        Vector128<float> v = value.vector;
        return MathF.Max(MathF.Max(v.GetElement(0), v.GetElement(2)), MathF.Max(v.GetElement(1), v.GetElement(3)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MinAcross(Float128 value)
    {
        Vector128<float> v = value.vector;
        return MathF.Min(MathF.Min(v.GetElement(0), v.GetElement(2)), MathF.Min(v.GetElement(1), v.GetElement(3)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 ScaleByPowerOfTwo(Float128 value, Float128 exponent)
    {
        // Two factors, because 2^n itself overflows or is subnormal at the ends of the range; the first product is exact.
        Vector128<int> whole = Vector128.ConvertToInt32Native(exponent.vector);
        Vector128<int> half = whole >> 1;
        return new(value.vector * PowerOfTwo(half) * PowerOfTwo(whole - half));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> PowerOfTwo(Vector128<int> exponent) =>
        ((exponent + Vector128.Create(127)) << 23).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Exponent(Float128 value) =>
        new(Vector128.ConvertToSingle((value.vector.AsInt32() >> 23) - Vector128.Create(127)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Mantissa(Float128 value) =>
        new(((value.vector.AsInt32() & Vector128.Create(0x007FFFFF)) | Vector128.Create(0x3F800000)).AsSingle());

    [MethodImpl(HotLoop.Options)]
    public static void TransposeBlock(float* source, long sourceStride, float* destination, long destinationStride)
    {
        Vector128<float> row0 = Vector128.Load(source);
        Vector128<float> row1 = Vector128.Load(source + sourceStride);
        Vector128<float> row2 = Vector128.Load(source + (2 * sourceStride));
        Vector128<float> row3 = Vector128.Load(source + (3 * sourceStride));
        Vector128<float> low0 = InterleaveLow(row0, row1);
        Vector128<float> low1 = InterleaveLow(row2, row3);
        Vector128<float> high0 = InterleaveHigh(row0, row1);
        Vector128<float> high1 = InterleaveHigh(row2, row3);
        Vector128.Store(Vector128.Create(low0.GetLower(), low1.GetLower()), destination);
        Vector128.Store(Vector128.Create(low0.GetUpper(), low1.GetUpper()), destination + destinationStride);
        Vector128.Store(Vector128.Create(high0.GetLower(), high1.GetLower()), destination + (2 * destinationStride));
        Vector128.Store(Vector128.Create(high0.GetUpper(), high1.GetUpper()), destination + (3 * destinationStride));
    }

    /// <summary>a0 b0 a1 b1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> InterleaveLow(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackLow(a, b)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a, b)
        : Vector128.Create(a.GetElement(0), b.GetElement(0), a.GetElement(1), b.GetElement(1));

    /// <summary>a2 b2 a3 b3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> InterleaveHigh(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackHigh(a, b)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a, b)
        : Vector128.Create(a.GetElement(2), b.GetElement(2), a.GetElement(3), b.GetElement(3));
}
