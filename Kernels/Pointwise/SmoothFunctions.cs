using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cases;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>x · sigmoid(x).</summary>
internal readonly partial struct Silu : IUnaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Forward<T>(T x, T a, T b)
        where T : unmanaged, ISimd<T> => SimdMath.Silu(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Derivative<T>(T saved, T a, T b)
        where T : unmanaged, ISimd<T> => SimdMath.SiluDerivative(saved);

    public static double Reference(double x, double a, double b) => double.IsNegativeInfinity(x) ? 0 : x / (1 + Math.Exp(-x));

    public static double ReferenceDerivative(double x, double a, double b)
    {
        var e = Math.Exp(-Math.Abs(x));
        var sigmoid = (x < 0 ? e : 1) / (1 + e);
        return sigmoid + (double.IsInfinity(x) ? 0 : x * e / ((1 + e) * (1 + e)));
    }
}

/// <summary>x · Φ(x) with the normal distribution function Φ.</summary>
internal readonly partial struct Gelu : IUnaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Forward<T>(T x, T a, T b)
        where T : unmanaged, ISimd<T> => SimdMath.Gelu(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Derivative<T>(T saved, T a, T b)
        where T : unmanaged, ISimd<T> => SimdMath.GeluDerivative(saved);

    public static double Reference(double x, double a, double b) =>
        double.IsNegativeInfinity(x) ? 0 : x * ReferenceMath.NormalDistribution(x);

    public static double ReferenceDerivative(double x, double a, double b) =>
        ReferenceMath.NormalDistribution(x) + (double.IsInfinity(x) ? 0 : x * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI));
}

/// <summary>1 / (1 + e^-x); the derivative is computed from the output.</summary>
internal readonly partial struct Sigmoid : IUnaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Forward<T>(T x, T a, T b)
        where T : unmanaged, ISimd<T> => SimdMath.Sigmoid(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Derivative<T>(T saved, T a, T b)
        where T : unmanaged, ISimd<T> => saved * (T.Create(1f) - saved);

    public static double Reference(double x, double a, double b) => 1 / (1 + Math.Exp(-x));

    public static double ReferenceDerivative(double x, double a, double b) => 1 / ((1 + Math.Exp(-x)) * (1 + Math.Exp(x)));
}

/// <summary>tanh(x); the derivative is computed from the output.</summary>
internal readonly partial struct Tanh : IUnaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Forward<T>(T x, T a, T b)
        where T : unmanaged, ISimd<T> => SimdMath.Tanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Derivative<T>(T saved, T a, T b)
        where T : unmanaged, ISimd<T>
    {
        var one = T.Create(1f);
        return (one - saved) * (one + saved);
    }

    public static double Reference(double x, double a, double b) => Math.Tanh(x);

    public static double ReferenceDerivative(double x, double a, double b) => 1 / (Math.Cosh(x) * Math.Cosh(x));
}

/// <summary>e^x; the derivative is the output.</summary>
internal readonly partial struct Exponential : IUnaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Forward<T>(T x, T a, T b)
        where T : unmanaged, ISimd<T> => SimdMath.Exp(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Derivative<T>(T saved, T a, T b)
        where T : unmanaged, ISimd<T> => saved;

    public static double Reference(double x, double a, double b) => Math.Exp(x);

    public static double ReferenceDerivative(double x, double a, double b) => Math.Exp(x);
}

/// <summary>The natural logarithm.</summary>
internal readonly partial struct Logarithm : IUnaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Forward<T>(T x, T a, T b)
        where T : unmanaged, ISimd<T> => SimdMath.Log(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Derivative<T>(T saved, T a, T b)
        where T : unmanaged, ISimd<T> => T.Reciprocal(saved);

    public static double Reference(double x, double a, double b) => Math.Log(x);

    public static double ReferenceDerivative(double x, double a, double b) => 1 / x;
}

/// <summary>The square root; the derivative is computed from the output.</summary>
internal readonly partial struct SquareRoot : IUnaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Forward<T>(T x, T a, T b)
        where T : unmanaged, ISimd<T> => T.Sqrt(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Derivative<T>(T saved, T a, T b)
        where T : unmanaged, ISimd<T> => T.Create(0.5f) / saved;

    public static double Reference(double x, double a, double b) => Math.Sqrt(x);

    public static double ReferenceDerivative(double x, double a, double b) => 0.5 / Math.Sqrt(x);
}

/// <summary>x².</summary>
internal readonly partial struct Square : IUnaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Forward<T>(T x, T a, T b)
        where T : unmanaged, ISimd<T> => x * x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Derivative<T>(T saved, T a, T b)
        where T : unmanaged, ISimd<T> => saved + saved;

    public static double Reference(double x, double a, double b) => x * x;

    public static double ReferenceDerivative(double x, double a, double b) => 2 * x;
}
