using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>The scalar form of an <see cref="INormalizedFunction"/>, inlined into the kernels that are generic over it.</summary>
internal interface IGpuNormalizedFunction
{
    float Forward(float z);

    float Derivative(float z);
}

internal readonly partial struct PassThrough : IGpuNormalizedFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Forward(float z) => z;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Derivative(float z) => 1f;
}

internal readonly partial struct FusedSilu : IGpuNormalizedFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Forward(float z) => GpuMath.Silu(z);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Derivative(float z) => GpuMath.SiluDerivative(z);
}
