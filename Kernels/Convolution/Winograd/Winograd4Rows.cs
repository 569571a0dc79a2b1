using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// A row of G of F(4 x 4): a column of the kernel as a polynomial at one point. The same operations as in
/// <see cref="Winograd4.TransformWeights{T}"/>, so that both give the same bits.
/// </summary>
internal interface IWinograd4Row
{
    static abstract T Combine<T>(T g0, T g1, T g2)
        where T : unmanaged, ISimd<T>;
}

/// <summary>At zero.</summary>
internal readonly struct Winograd4Row0 : IWinograd4Row
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Combine<T>(T g0, T g1, T g2)
        where T : unmanaged, ISimd<T> => g0;
}

/// <summary>At a.</summary>
internal readonly struct Winograd4Row1 : IWinograd4Row
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Combine<T>(T g0, T g1, T g2)
        where T : unmanaged, ISimd<T> =>
        T.MultiplyAdd(T.Create(Winograd4.A), g1, T.MultiplyAdd(T.Create(Winograd4.A2), g2, g0));
}

/// <summary>At -a.</summary>
internal readonly struct Winograd4Row2 : IWinograd4Row
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Combine<T>(T g0, T g1, T g2)
        where T : unmanaged, ISimd<T> =>
        T.NegatedMultiplyAdd(T.Create(Winograd4.A), g1, T.MultiplyAdd(T.Create(Winograd4.A2), g2, g0));
}

/// <summary>At b.</summary>
internal readonly struct Winograd4Row3 : IWinograd4Row
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Combine<T>(T g0, T g1, T g2)
        where T : unmanaged, ISimd<T> =>
        T.MultiplyAdd(T.Create(Winograd4.B), g1, T.MultiplyAdd(T.Create(Winograd4.B2), g2, g0));
}

/// <summary>At -b.</summary>
internal readonly struct Winograd4Row4 : IWinograd4Row
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Combine<T>(T g0, T g1, T g2)
        where T : unmanaged, ISimd<T> =>
        T.NegatedMultiplyAdd(T.Create(Winograd4.B), g1, T.MultiplyAdd(T.Create(Winograd4.B2), g2, g0));
}

/// <summary>At infinity.</summary>
internal readonly struct Winograd4Row5 : IWinograd4Row
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Combine<T>(T g0, T g1, T g2)
        where T : unmanaged, ISimd<T> => g2;
}
