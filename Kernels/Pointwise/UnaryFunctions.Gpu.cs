using System.Runtime.CompilerServices;
using ILGPU.Algorithms;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>The scalar form of a function, inlined into the kernels that are generic over it.</summary>
internal interface IGpuUnaryFunction
{
    float Forward(float x);

    float Derivative(float x);
}

internal readonly partial struct Silu : IGpuUnaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Forward(float x) => x / (1f + XMath.Exp(-x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Derivative(float x)
    {
        var sigmoid = 1f / (1f + XMath.Exp(-x));
        return sigmoid * (1f + (x * (1f - sigmoid)));
    }
}
