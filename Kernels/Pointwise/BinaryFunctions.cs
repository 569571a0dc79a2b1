using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Pointwise;

internal readonly struct Add : IBinaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Forward<T>(T left, T right, T a, T b)
        where T : unmanaged, ISimd<T> => left + right;
}

internal readonly struct Subtract : IBinaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Forward<T>(T left, T right, T a, T b)
        where T : unmanaged, ISimd<T> => left - right;
}

/// <summary>a·left + b·right.</summary>
internal readonly partial struct ScaledAdd : IBinaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Forward<T>(T left, T right, T a, T b)
        where T : unmanaged, ISimd<T> => T.MultiplyAdd(a, left, b * right);
}

internal readonly partial struct Multiply : IBinaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Forward<T>(T left, T right, T a, T b)
        where T : unmanaged, ISimd<T> => left * right;
}

internal readonly partial struct Divide : IBinaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Forward<T>(T left, T right, T a, T b)
        where T : unmanaged, ISimd<T> => left / right;
}

internal readonly struct Minimum : IBinaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Forward<T>(T left, T right, T a, T b)
        where T : unmanaged, ISimd<T> => T.Min(left, right);
}

internal readonly struct Maximum : IBinaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Forward<T>(T left, T right, T a, T b)
        where T : unmanaged, ISimd<T> => T.Max(left, right);
}

/// <summary>1 where the rank of the operands (0 equal, 1 left is less, 2 anything else) is from a to b, else 0.</summary>
internal readonly partial struct Compare : IBinaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Forward<T>(T left, T right, T a, T b)
        where T : unmanaged, ISimd<T>
    {
        var one = T.Create(1f);
        var rank = T.Select(T.Equal(left, right), T.Zero, T.Select(T.LessThan(left, right), one, T.Create(2f)));
        return T.LessThanOrEqual(a, rank) & T.LessThanOrEqual(rank, b) & one;
    }
}
