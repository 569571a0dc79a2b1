using System.Runtime.CompilerServices;
using ILGPU.Algorithms;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Pointwise;

internal readonly partial struct Silu : IGpuUnaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Forward(float x, float a, float b) => GpuMath.Silu(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Derivative(float saved, float a, float b) => GpuMath.SiluDerivative(saved);
}

internal readonly partial struct Gelu : IGpuUnaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Forward(float x, float a, float b) => GpuMath.Gelu(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Derivative(float saved, float a, float b) => GpuMath.GeluDerivative(saved);
}

internal readonly partial struct Sigmoid : IGpuUnaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Forward(float x, float a, float b) => GpuMath.Sigmoid(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Derivative(float saved, float a, float b) => saved * (1f - saved);
}

internal readonly partial struct Tanh : IGpuUnaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Forward(float x, float a, float b) => GpuMath.Tanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Derivative(float saved, float a, float b) => (1f - saved) * (1f + saved);
}

internal readonly partial struct Exponential : IGpuUnaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Forward(float x, float a, float b) => GpuMath.Exp(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Derivative(float saved, float a, float b) => saved;
}

internal readonly partial struct Logarithm : IGpuUnaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Forward(float x, float a, float b) => GpuMath.Log(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Derivative(float saved, float a, float b) => 1f / saved;
}

internal readonly partial struct SquareRoot : IGpuUnaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Forward(float x, float a, float b) => XMath.Sqrt(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Derivative(float saved, float a, float b) => 0.5f / saved;
}

internal readonly partial struct Square : IGpuUnaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Forward(float x, float a, float b) => x * x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Derivative(float saved, float a, float b) => saved + saved;
}
