using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>A <see cref="GradientKind"/> in vectors.</summary>
internal interface IGradientFunction
{
    /// <summary>How many of the operands are read.</summary>
    static abstract int Operands { get; }

    static abstract T Evaluate<T>(T outputGradient, T first, T second, T constant)
        where T : unmanaged, ISimd<T>;
}

internal readonly struct ScaledGradient : IGradientFunction
{
    public static int Operands => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(T outputGradient, T first, T second, T constant)
        where T : unmanaged, ISimd<T> => outputGradient * constant;
}

internal readonly struct ProductGradient : IGradientFunction
{
    public static int Operands => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(T outputGradient, T first, T second, T constant)
        where T : unmanaged, ISimd<T> => outputGradient * first;
}

internal readonly struct QuotientGradient : IGradientFunction
{
    public static int Operands => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(T outputGradient, T first, T second, T constant)
        where T : unmanaged, ISimd<T> => outputGradient / first;
}

internal readonly struct DivisorGradient : IGradientFunction
{
    public static int Operands => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(T outputGradient, T first, T second, T constant)
        where T : unmanaged, ISimd<T> => -(outputGradient / second) * (first / second);
}

internal readonly struct ExtremumGradient : IGradientFunction
{
    public static int Operands => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(T outputGradient, T first, T second, T constant)
        where T : unmanaged, ISimd<T>
    {
        var whole = outputGradient & T.GreaterThan(constant * first, constant * second);
        return T.Select(T.Equal(first, second), T.Create(0.5f) * outputGradient, whole);
    }
}

internal readonly struct MaskGradient : IGradientFunction
{
    public static int Operands => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(T outputGradient, T first, T second, T constant)
        where T : unmanaged, ISimd<T> =>
        outputGradient & (T.Equal(first, T.Zero) ^ T.GreaterThan(constant, T.Zero));
}
