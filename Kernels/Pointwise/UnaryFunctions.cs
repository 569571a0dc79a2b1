using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>x · sigmoid(x).</summary>
internal readonly partial struct Silu : IUnaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Forward<T>(T x)
        where T : unmanaged, ISimd<T> => SimdMath.Silu(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Derivative<T>(T x)
        where T : unmanaged, ISimd<T> => SimdMath.SiluDerivative(x);

    public static double Reference(double x) => x / (1 + Math.Exp(-x));
}
