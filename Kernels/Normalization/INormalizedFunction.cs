using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>What a normalisation's result passes through; the scalar form for kernels is in <c>*.Gpu.cs</c>.</summary>
internal interface INormalizedFunction
{
    static abstract T Forward<T>(T z)
        where T : unmanaged, ISimd<T>;

    static abstract T Derivative<T>(T z)
        where T : unmanaged, ISimd<T>;
}

/// <summary>No activation.</summary>
internal readonly partial struct PassThrough : INormalizedFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Forward<T>(T z)
        where T : unmanaged, ISimd<T> => z;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Derivative<T>(T z)
        where T : unmanaged, ISimd<T> => T.Create(1f);
}

/// <summary>z · sigmoid(z).</summary>
internal readonly partial struct FusedSilu : INormalizedFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Forward<T>(T z)
        where T : unmanaged, ISimd<T> => SimdMath.Silu(z);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Derivative<T>(T z)
        where T : unmanaged, ISimd<T> => SimdMath.SiluDerivative(z);
}
