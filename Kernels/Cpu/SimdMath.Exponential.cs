using System.Runtime.CompilerServices;

namespace KernelDiff.Kernels.Cpu;

/// <summary>
/// Elementary functions over <see cref="ISimd{TSelf}"/>, accurate to a few units in the last place over the whole range of fp32,
/// infinities, NaN and subnormal numbers included.
/// </summary>
/// <remarks>
/// The polynomials are minimax fits (Remez exchange on the relative error of the whole function, coefficients rounded to fp32).
/// The error noted beside each is that of the polynomial in exact arithmetic; rounding adds about one unit in the last place.
/// </remarks>
public static partial class SimdMath
{
    private const float Log2E = 1.44269504f;

    // What fp32 leaves out of it.
    private const float Log2ELow = 1.92596299e-8f;

    // ln 2 in two parts: the first has trailing zeros, so that its product with an exponent is exact without fused multiply-add too.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    /// <summary>e^x. Overflows to infinity above 88.73, underflows gradually to zero below -103.97.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exp<T>(T x)
        where T : unmanaged, ISimd<T>
    {
        x = T.MaxNative(T.Create(-104.5f), T.MinNative(T.Create(89f), x));
        T n = T.Round(x * T.Create(Log2E));
        T r = T.NegatedMultiplyAdd(n, T.Create(Ln2High), x);
        r = T.NegatedMultiplyAdd(n, T.Create(Ln2Low), r);

        // (e^r - 1 - r) / r^2 on |r| <= ln(2)/2, relative error 3.1e-9.
        T p = T.Create(0.00138145988f);
        p = T.MultiplyAdd(p, r, T.Create(0.00836871658f));
        p = T.MultiplyAdd(p, r, T.Create(0.041668389f));
        p = T.MultiplyAdd(p, r, T.Create(0.166665211f));
        p = T.MultiplyAdd(p, r, T.Create(0.49999994f));
        p = T.MultiplyAdd(p, r * r, r) + T.Create(1f);
        return T.ScaleByPowerOfTwo(p, n);
    }

    /// <summary>2^x. Overflows to infinity from 128, underflows gradually to zero below -150.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exp2<T>(T x)
        where T : unmanaged, ISimd<T>
    {
        x = T.MaxNative(T.Create(-151f), T.MinNative(T.Create(129f), x));
        T n = T.Round(x);
        return T.ScaleByPowerOfTwo(PowerOfTwoOfNegative(n - x), n);
    }

    /// <summary>The natural logarithm; minus infinity at either zero, NaN below zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Log<T>(T x)
        where T : unmanaged, ISimd<T>
    {
        T one = T.Create(1f);
        T subnormal = T.LessThan(x, T.Create(1.17549435e-38f));
        T normal = T.Select(subnormal, x * T.Create(8388608f), x);
        T e = T.Exponent(normal) - (subnormal & T.Create(23f));
        T m = T.Mantissa(normal);
        T upper = T.GreaterThan(m, T.Create(1.41421356f));
        m = T.Select(upper, m * T.Create(0.5f), m);
        e += upper & one;
        T f = m - one;

        // (ln(1 + f) - f + f^2/2) / f^3 for sqrt(1/2) <= 1 + f <= sqrt(2), relative error of the logarithm 7.5e-10.
        T p = T.Create(0.0674664676f);
        p = T.MultiplyAdd(p, f, T.Create(-0.116756544f));
        p = T.MultiplyAdd(p, f, T.Create(0.118881606f));
        p = T.MultiplyAdd(p, f, T.Create(-0.124055885f));
        p = T.MultiplyAdd(p, f, T.Create(0.142195523f));
        p = T.MultiplyAdd(p, f, T.Create(-0.166679963f));
        p = T.MultiplyAdd(p, f, T.Create(0.200021192f));
        p = T.MultiplyAdd(p, f, T.Create(-0.250000089f));
        p = T.MultiplyAdd(p, f, T.Create(0.333333135f));

        T square = f * f;
        T tail = T.MultiplyAdd(e, T.Create(Ln2Low), p * f * square);
        tail = T.NegatedMultiplyAdd(T.Create(0.5f), square, tail);
        T result = T.MultiplyAdd(e, T.Create(Ln2High), f + tail);

        result = T.Select(T.LessThan(x, T.Create(float.PositiveInfinity)), result, x);
        result = T.Select(T.LessThan(x, T.Zero), T.Create(float.NaN), result);
        return T.Select(T.Equal(x, T.Zero), T.Create(float.NegativeInfinity), result);
    }

    /// <summary>tanh(x) = (e^2x - 1) / (e^2x + 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Tanh<T>(T x)
        where T : unmanaged, ISimd<T>
    {
        T magnitude = T.Abs(x);

        // (tanh(x) - x) / x^3 in x^2 on |x| <= 0.625, relative error of the function 4.4e-9.
        T square = x * x;
        T p = T.Create(-0.0057049864f);
        p = T.MultiplyAdd(p, square, T.Create(0.0206390861f));
        p = T.MultiplyAdd(p, square, T.Create(-0.0537397154f));
        p = T.MultiplyAdd(p, square, T.Create(0.133314416f));
        p = T.MultiplyAdd(p, square, T.Create(-0.333332807f));
        T small = T.MultiplyAdd(p * square, x, x);

        T large = T.Create(1f) - T.Create(2f) / (Exp(magnitude + magnitude) + T.Create(1f));
        return T.CopySign(T.Select(T.LessThan(magnitude, T.Create(0.625f)), small, large), x);
    }

    /// <summary>2^-r for |r| at most one half. Negative, because r is the negative remainder where arguments are negated or squared.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T PowerOfTwoOfNegative<T>(T r)
        where T : unmanaged, ISimd<T>
    {
        // (2^-r - 1) / r, relative error 2.0e-9.
        T p = T.Create(0.00015353362f);
        p = T.MultiplyAdd(p, r, T.Create(-0.00133988739f));
        p = T.MultiplyAdd(p, r, T.Create(0.00961843692f));
        p = T.MultiplyAdd(p, r, T.Create(-0.0555033237f));
        p = T.MultiplyAdd(p, r, T.Create(0.240226477f));
        p = T.MultiplyAdd(p, r, T.Create(-0.693147182f));
        return T.MultiplyAdd(p, r, T.Create(1f));
    }
}
