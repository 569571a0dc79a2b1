using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>x where it is positive, else a·x; the ReLU for a = 0, whose derivative at zero is a.</summary>
internal readonly partial struct LeakyRelu : IUnaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Forward<T>(T x, T a, T b)
        where T : unmanaged, ISimd<T>
    {
        // With a slope of zero minus infinity becomes zero, not NaN.
        var below = T.Select(T.Equal(a, T.Zero), T.Zero, a * x);
        return T.Select(T.LessThan(x, T.Zero), below, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Derivative<T>(T saved, T a, T b)
        where T : unmanaged, ISimd<T> => T.Select(T.GreaterThan(saved, T.Zero), T.Create(1f), a);

    public static double Reference(double x, double a, double b) => x < 0 ? (a == 0 ? 0 : a * x) : x;

    public static double ReferenceDerivative(double x, double a, double b) => x > 0 ? 1 : a;
}

/// <summary>|x|, whose derivative at zero is zero.</summary>
internal readonly partial struct Absolute : IUnaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Forward<T>(T x, T a, T b)
        where T : unmanaged, ISimd<T> => T.Abs(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Derivative<T>(T saved, T a, T b)
        where T : unmanaged, ISimd<T> =>
        T.Select(T.Equal(saved, T.Zero), T.Zero, T.CopySign(T.Create(1f), saved));

    public static double Reference(double x, double a, double b) => Math.Abs(x);

    public static double ReferenceDerivative(double x, double a, double b) => Math.Sign(x);
}

/// <summary>min(max(x, a), b), whose derivative at the bounds is one.</summary>
internal readonly partial struct Clamp : IUnaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Forward<T>(T x, T a, T b)
        where T : unmanaged, ISimd<T> => T.MinNative(b, T.MaxNative(a, x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Derivative<T>(T saved, T a, T b)
        where T : unmanaged, ISimd<T> =>
        T.LessThanOrEqual(a, saved) & T.LessThanOrEqual(saved, b) & T.Create(1f);

    public static double Reference(double x, double a, double b) => double.IsNaN(x) ? x : Math.Min(Math.Max(x, a), b);

    public static double ReferenceDerivative(double x, double a, double b) => x >= a && x <= b ? 1 : 0;
}

/// <summary>a·x + b.</summary>
internal readonly partial struct Affine : IUnaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Forward<T>(T x, T a, T b)
        where T : unmanaged, ISimd<T> => T.MultiplyAdd(a, x, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Derivative<T>(T saved, T a, T b)
        where T : unmanaged, ISimd<T> => a;

    public static double Reference(double x, double a, double b) => (a * x) + b;

    public static double ReferenceDerivative(double x, double a, double b) => a;
}
