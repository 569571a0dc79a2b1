using System.Runtime.CompilerServices;

namespace KernelDiff.Kernels.Cpu;

public static partial class SimdMath
{
    // Beyond these the functions are zero in fp32; clamping keeps x = -infinity from meeting a zero factor.
    private const float SiluZero = -106f;
    private const float GeluZero = -14.5f;

    private const float InverseSqrt2Pi = 0.398942280f;

    /// <summary>1 / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sigmoid<T>(T x)
        where T : unmanaged, ISimd<T> =>
        T.Reciprocal(T.Create(1f) + Exp(-x));

    /// <summary>x · sigmoid(x); zero at minus infinity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Silu<T>(T x)
        where T : unmanaged, ISimd<T>
    {
        x = T.MaxNative(T.Create(SiluZero), x);

        // e^-x as 2^n · 2^-r; beyond 90 it does not reach the last bit of the sum.
        T bounded = T.MinNative(T.Create(90f), x);
        T n = T.Round(bounded * T.Create(-Log2E));
        T r = T.MultiplyAdd(bounded, T.Create(Log2E), n);
        r = T.MultiplyAdd(bounded, T.Create(Log2ELow), r);
        return x / (T.Create(1f) + T.ScaleByPowerOfTwo(PowerOfTwoOfNegative(r), n));
    }

    /// <summary>d silu(x) / dx = s · (1 + x · (1 - s)) with s = sigmoid(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T SiluDerivative<T>(T x)
        where T : unmanaged, ISimd<T>
    {
        T one = T.Create(1f);

        // 1 - s is e / (1 + e), which does not cancel where s is near one, and is zero, not NaN, at plus infinity.
        T bounded = T.MinNative(T.Create(-SiluZero), T.MaxNative(T.Create(-88f), x));
        T e = Exp(-bounded);
        T s = T.Reciprocal(one + e);
        return s * T.MultiplyAdd(bounded, e * s, one);
    }

    /// <summary>The error function, 2/sqrt(pi) · integral of e^(-t^2) from 0 to x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Erf<T>(T x)
        where T : unmanaged, ISimd<T>
    {
        T magnitude = T.Abs(x);

        // erf(x) / x in x^2 on |x| <= 1, relative error 1.2e-9.
        T square = x * x;
        T p = T.Create(7.85386073e-5f);
        p = T.MultiplyAdd(p, square, T.Create(-0.000801019371f));
        p = T.MultiplyAdd(p, square, T.Create(0.00518832775f));
        p = T.MultiplyAdd(p, square, T.Create(-0.026853811f));
        p = T.MultiplyAdd(p, square, T.Create(0.112835854f));
        p = T.MultiplyAdd(p, square, T.Create(-0.37612626f));
        p = T.MultiplyAdd(p, square, T.Create(1.12837911f));
        T small = p * x;

        T bounded = T.MinNative(T.Create(10f), magnitude);
        T tail = Exp(-(bounded * bounded)) * MillsRatio(bounded * T.Create(1.41421356f));
        T large = T.NegatedMultiplyAdd(T.Create(2f), tail, T.Create(1f));
        return T.Select(T.LessThan(magnitude, T.Create(1f)), small, T.CopySign(large, x));
    }

    /// <summary>
    /// The exact GELU, x · Phi(x) with the normal distribution function Phi; zero at minus infinity. On either side of zero it is
    /// max(x, 0) - |x| · Phi(-|x|), where nothing cancels.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gelu<T>(T x)
        where T : unmanaged, ISimd<T>
    {
        T magnitude = T.MinNative(T.Create(-GeluZero), T.Abs(x));
        T tail = GaussianBell(magnitude) * MillsRatio(magnitude);
        return T.NegatedMultiplyAdd(magnitude, tail, T.MaxNative(T.Zero, x));
    }

    /// <summary>d gelu(x) / dx = Phi(x) + x · phi(x) with the normal density phi.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T GeluDerivative<T>(T x)
        where T : unmanaged, ISimd<T>
    {
        // The derivative is zero or one in fp32 beyond the bounds.
        x = T.MinNative(T.Create(-GeluZero), T.MaxNative(T.Create(GeluZero), x));
        T bell = GaussianBell(x);
        return T.MultiplyAdd(x * T.Create(InverseSqrt2Pi), bell, NormalDistribution(x, bell));
    }

    /// <summary><see cref="Gelu"/> and <see cref="GeluDerivative"/>, which share their exponential and their polynomial.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (T Value, T Derivative) GeluWithDerivative<T>(T x)
        where T : unmanaged, ISimd<T>
    {
        T lower = T.MaxNative(T.Create(GeluZero), x);
        T bounded = T.MinNative(T.Create(-GeluZero), lower);
        T bell = GaussianBell(bounded);
        T distribution = NormalDistribution(bounded, bell);
        return (lower * distribution, T.MultiplyAdd(bounded * T.Create(InverseSqrt2Pi), bell, distribution));
    }

    /// <summary>e^(-x^2/2) for |x| up to 14.5, as 2^n · 2^-r with |r| at most one half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T GaussianBell<T>(T x)
        where T : unmanaged, ISimd<T>
    {
        T scaled = x * T.Create(-0.5f * Log2E);
        T n = T.Round(x * scaled);
        T r = T.NegatedMultiplyAdd(x, scaled, n);
        return T.ScaleByPowerOfTwo(PowerOfTwoOfNegative(r), n);
    }

    /// <summary>Phi(x), given e^(-x^2/2): the tail below -|x| is computed without cancellation, the upper half from it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T NormalDistribution<T>(T x, T bell)
        where T : unmanaged, ISimd<T>
    {
        T tail = bell * MillsRatio(T.MinNative(T.Create(-GeluZero), T.Abs(x)));
        return T.Select(T.LessThan(x, T.Zero), tail, T.Create(1f) - tail);
    }

    /// <summary>
    /// Phi(-t) / e^(-t^2/2) for t from 0 to 14.5: smooth and slowly falling, a polynomial in s = 1 / (1 + 0.35 t),
    /// relative error 3.2e-8.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T MillsRatio<T>(T t)
        where T : unmanaged, ISimd<T>
    {
        T s = T.Reciprocal(T.MultiplyAdd(t, T.Create(0.35f), T.Create(1f)));
        T p = T.Create(-0.0291515477f);
        p = T.MultiplyAdd(p, s, T.Create(0.143999532f));
        p = T.MultiplyAdd(p, s, T.Create(-0.255772889f));
        p = T.MultiplyAdd(p, s, T.Create(0.159242585f));
        p = T.MultiplyAdd(p, s, T.Create(-0.0231580548f));
        p = T.MultiplyAdd(p, s, T.Create(0.105528943f));
        p = T.MultiplyAdd(p, s, T.Create(0.11982742f));
        p = T.MultiplyAdd(p, s, T.Create(0.139862642f));
        p = T.MultiplyAdd(p, s, T.Create(0.139621362f));
        return p * s;
    }
}
