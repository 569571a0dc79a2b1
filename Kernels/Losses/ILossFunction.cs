using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Losses;

/// <summary>A loss of one element and its derivative with respect to the prediction.</summary>
internal interface ILossFunction
{
    static abstract T Value<T>(T x, T target)
        where T : unmanaged, ISimd<T>;

    static abstract T Derivative<T>(T x, T target)
        where T : unmanaged, ISimd<T>;
}

/// <summary>(x - t)².</summary>
internal readonly struct SquaredFunction : ILossFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x, T target)
        where T : unmanaged, ISimd<T>
    {
        var difference = x - target;
        return difference * difference;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Derivative<T>(T x, T target)
        where T : unmanaged, ISimd<T> => T.Create(2f) * (x - target);
}

/// <summary>|x - t|; the derivative is zero where they are equal.</summary>
internal readonly struct AbsoluteFunction : ILossFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x, T target)
        where T : unmanaged, ISimd<T> => T.Abs(x - target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Derivative<T>(T x, T target)
        where T : unmanaged, ISimd<T>
    {
        var difference = x - target;
        var isOrdered = T.LessThan(T.Zero, T.Abs(difference));
        return T.Select(isOrdered, T.CopySign(T.Create(1f), difference), difference);
    }
}

/// <summary>ln(1 + e^x) - x·t: the cross-entropy of the probability t with sigmoid(x).</summary>
internal readonly struct BinaryCrossEntropyFunction : ILossFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x, T target)
        where T : unmanaged, ISimd<T>
    {
        // As a sum of terms of one sign: x·(1 - t) or -x·t, and ln(1 + e^-|x|), which keeps its small values by dividing out the
        // rounding of 1 + e^-|x|.
        var one = T.Create(1f);
        var e = SimdMath.Exp(-T.Abs(x));
        var sum = one + e;
        var logarithm = T.Select(T.Equal(sum, one), e, SimdMath.Log(sum) * (e / (sum - one)));
        return T.Select(T.GreaterThan(x, T.Zero), x * (one - target), -(x * target)) + logarithm;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Derivative<T>(T x, T target)
        where T : unmanaged, ISimd<T> => SimdMath.Sigmoid(x) - target;
}

/// <summary>max(0, 1 - x).</summary>
internal readonly struct HingeRealFunction : ILossFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x, T target)
        where T : unmanaged, ISimd<T> => T.MaxNative(T.Zero, T.Create(1f) - x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Derivative<T>(T x, T target)
        where T : unmanaged, ISimd<T> => T.LessThan(x, T.Create(1f)) & T.Create(-1f);
}

/// <summary>max(0, 1 + x).</summary>
internal readonly struct HingeFakeFunction : ILossFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x, T target)
        where T : unmanaged, ISimd<T> => T.MaxNative(T.Zero, T.Create(1f) + x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Derivative<T>(T x, T target)
        where T : unmanaged, ISimd<T> => T.GreaterThan(x, T.Create(-1f)) & T.Create(1f);
}

/// <summary>-x.</summary>
internal readonly struct HingeGeneratorFunction : ILossFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Value<T>(T x, T target)
        where T : unmanaged, ISimd<T> => -x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Derivative<T>(T x, T target)
        where T : unmanaged, ISimd<T> => T.Create(-1f);
}
