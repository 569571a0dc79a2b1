using System.Runtime.CompilerServices;
using ILGPU.Algorithms;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Pointwise;

internal readonly partial struct LeakyRelu : IGpuUnaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Forward(float x, float a, float b) => x < 0f ? (a == 0f ? 0f : a * x) : x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Derivative(float saved, float a, float b) => saved > 0f ? 1f : a;
}

internal readonly partial struct Absolute : IGpuUnaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Forward(float x, float a, float b) => XMath.Abs(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Derivative(float saved, float a, float b) => saved > 0f ? 1f : saved < 0f ? -1f : 0f;
}

internal readonly partial struct Clamp : IGpuUnaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Forward(float x, float a, float b) => GpuMath.AtMost(b, GpuMath.AtLeast(a, x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Derivative(float saved, float a, float b) => saved >= a && saved <= b ? 1f : 0f;
}

internal readonly partial struct Affine : IGpuUnaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Forward(float x, float a, float b) => (a * x) + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Derivative(float saved, float a, float b) => a;
}
