using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;

namespace KernelDiff.Kernels.Gpu;

/// <summary>
/// Elementary functions for kernels, accurate to a few units in the last place on every device. They stand in for those of
/// <see cref="XMath"/> that are missing (the error function), too coarse on CUDA (tanh has an error of 2^-11 there, the logarithm one
/// of 2^-22 absolute, the exponential one that grows with its argument), or slow on PoCL (its exponential is not vectorised).
/// </summary>
/// <remarks>The polynomials are those of <c>SimdMath</c>.</remarks>
internal static class GpuMath
{
    private const float Log2E = 1.44269504f;
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    // Beyond these the functions are zero in fp32; clamping keeps x = -infinity from meeting a zero factor.
    private const float SiluZero = -106f;
    private const float GeluZero = -14.5f;

    private const float InverseSqrt2Pi = 0.398942280f;

    /// <summary>The larger operand; NaN where <paramref name="x"/> is NaN, which OpenCL's fmax does not promise.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float AtLeast(float bound, float x) => x < bound ? bound : x;

    /// <summary>The smaller operand; NaN where <paramref name="x"/> is NaN, which OpenCL's fmin does not promise.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float AtMost(float bound, float x) => x > bound ? bound : x;

    /// <summary>e^x. Overflows to infinity above 88.73, underflows gradually to zero below -103.97.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Exp(float x)
    {
        x = AtMost(89f, AtLeast(-104.5f, x));

        // Adding 3 · 2^22 leaves no bits for a fraction: the sum's low bits are the rounded product, also as an integer.
        var shifted = (x * Log2E) + 12582912f;
        var n = shifted - 12582912f;
        var exponent = (int)Interop.FloatAsInt(shifted) - 0x4B400000;
        var r = x - (n * Ln2High);
        r -= n * Ln2Low;

        var p = 0.00138145988f;
        p = (p * r) + 0.00836871658f;
        p = (p * r) + 0.041668389f;
        p = (p * r) + 0.166665211f;
        p = (p * r) + 0.49999994f;
        p = (p * (r * r)) + r + 1f;

        // In two steps, because the power of two itself may be out of range.
        var half = exponent >> 1;
        return p * PowerOfTwo(half) * PowerOfTwo(exponent - half);
    }

    /// <summary>2^x. Overflows to infinity from 128, is zero below -126.5.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Exp2(float x)
    {
        // At the lower bound the power of two has no bits left: it is zero.
        x = AtMost(128f, AtLeast(-127f, x));
        var shifted = x + 12582912f;
        var r = x - (shifted - 12582912f);

        var p = 0.00015353362f;
        p = (p * r) + 0.00133988739f;
        p = (p * r) + 0.00961843692f;
        p = (p * r) + 0.0555033237f;
        p = (p * r) + 0.240226477f;
        p = (p * r) + 0.693147182f;
        p = (p * r) + 1f;
        return p * PowerOfTwo((int)Interop.FloatAsInt(shifted) - 0x4B400000);
    }

    /// <summary>1 / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sigmoid(float x) => 1f / (1f + Exp(-x));

    /// <summary>x · sigmoid(x); zero at minus infinity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Silu(float x)
    {
        x = AtLeast(SiluZero, x);
        return x / (1f + Exp(-x));
    }

    /// <summary>d silu(x) / dx = s · (1 + x · (1 - s)) with s = sigmoid(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float SiluDerivative(float x)
    {
        // 1 - s is e / (1 + e), which does not cancel where s is near one, and is zero, not NaN, at plus infinity.
        var bounded = AtMost(-SiluZero, AtLeast(-88f, x));
        var e = Exp(-bounded);
        var s = 1f / (1f + e);
        return s * (1f + (bounded * (e * s)));
    }

    /// <summary>The exact GELU, x · Phi(x) with the normal distribution function Phi; zero at minus infinity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Gelu(float x)
    {
        x = AtLeast(GeluZero, x);
        return x * NormalDistribution(x, Exp(x * x * -0.5f));
    }

    /// <summary>d gelu(x) / dx = Phi(x) + x · phi(x) with the normal density phi.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float GeluDerivative(float x)
    {
        // The derivative is zero or one in fp32 beyond the bounds.
        x = AtMost(-GeluZero, AtLeast(GeluZero, x));
        var bell = Exp(x * x * -0.5f);
        return (x * InverseSqrt2Pi * bell) + NormalDistribution(x, bell);
    }

    /// <summary><see cref="Gelu"/> and, through <paramref name="derivative"/>, its derivative, which share most of their work.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float GeluWithDerivative(float x, out float derivative)
    {
        var lower = AtLeast(GeluZero, x);
        var bounded = AtMost(-GeluZero, lower);
        var bell = Exp(bounded * bounded * -0.5f);
        var distribution = NormalDistribution(bounded, bell);
        derivative = (bounded * InverseSqrt2Pi * bell) + distribution;
        return lower * distribution;
    }

    /// <summary>tanh(x) = (e^2x - 1) / (e^2x + 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Tanh(float x)
    {
        var magnitude = XMath.Abs(x);
        var square = x * x;
        var p = -0.0057049864f;
        p = (p * square) + 0.0206390861f;
        p = (p * square) - 0.0537397154f;
        p = (p * square) + 0.133314416f;
        p = (p * square) - 0.333332807f;
        var small = (p * square * x) + x;

        var large = 1f - (2f / (Exp(magnitude + magnitude) + 1f));
        return magnitude < 0.625f ? small : x < 0f ? -large : large;
    }

    /// <summary>The natural logarithm; minus infinity at either zero, NaN below zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Log(float x)
    {
        var isSubnormal = x < 1.17549435e-38f;
        var bits = Interop.FloatAsInt(isSubnormal ? x * 8388608f : x);
        var e = (float)(int)((bits >> 23) - 127u) - (isSubnormal ? 23f : 0f);
        var m = Interop.IntAsFloat((bits & 0x007FFFFFu) | 0x3F800000u);
        var isUpper = m > 1.41421356f;
        m = isUpper ? m * 0.5f : m;
        e += isUpper ? 1f : 0f;
        var f = m - 1f;

        var p = 0.0674664676f;
        p = (p * f) - 0.116756544f;
        p = (p * f) + 0.118881606f;
        p = (p * f) - 0.124055885f;
        p = (p * f) + 0.142195523f;
        p = (p * f) - 0.166679963f;
        p = (p * f) + 0.200021192f;
        p = (p * f) - 0.250000089f;
        p = (p * f) + 0.333333135f;

        var square = f * f;
        var tail = (e * Ln2Low) + (p * f * square);
        tail -= 0.5f * square;
        var result = (e * Ln2High) + (f + tail);

        result = x < float.PositiveInfinity ? result : x;
        result = x < 0f ? float.NaN : result;
        return x == 0f ? float.NegativeInfinity : result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float PowerOfTwo(int exponent) => Interop.IntAsFloat((uint)(exponent + 127) << 23);

    /// <summary>Phi(x), given e^(-x^2/2): the tail below -|x| is computed without cancellation, the upper half from it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float NormalDistribution(float x, float bell)
    {
        var tail = bell * MillsRatio(AtMost(-GeluZero, XMath.Abs(x)));
        return x < 0f ? tail : 1f - tail;
    }

    /// <summary>Phi(-t) / e^(-t^2/2) for t from 0 to 14.5, a polynomial in 1 / (1 + 0.35 t).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float MillsRatio(float t)
    {
        var s = 1f / ((t * 0.35f) + 1f);
        var p = -0.0291515477f;
        p = (p * s) + 0.143999532f;
        p = (p * s) - 0.255772889f;
        p = (p * s) + 0.159242585f;
        p = (p * s) - 0.0231580548f;
        p = (p * s) + 0.105528943f;
        p = (p * s) + 0.11982742f;
        p = (p * s) + 0.139862642f;
        p = (p * s) + 0.139621362f;
        return p * s;
    }
}
