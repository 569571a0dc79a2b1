using System.Runtime.CompilerServices;
using ILGPU.Algorithms;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>Addition and subtraction too: a product with 1 or -1 is exact.</summary>
internal readonly partial struct ScaledAdd : IGpuBinaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Forward(float left, float right, float a, float b) => (a * left) + (b * right);
}

internal readonly partial struct Multiply : IGpuBinaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Forward(float left, float right, float a, float b) => left * right;
}

internal readonly partial struct Divide : IGpuBinaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Forward(float left, float right, float a, float b) => left / right;
}

/// <summary>The larger operand for a = 1, the smaller one for a = -1; NaN where either is NaN.</summary>
internal readonly struct Extremum : IGpuBinaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Forward(float left, float right, float a, float b)
    {
        var chosen = a * left > a * right ? left : right;

        // The comparison is false for NaN on either side, so that only one in the left operand is lost.
        return XMath.IsNaN(left) ? left : chosen;
    }
}

internal readonly partial struct Compare : IGpuBinaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Forward(float left, float right, float a, float b)
    {
        var rank = left == right ? 0f : left < right ? 1f : 2f;
        return rank >= a && rank <= b ? 1f : 0f;
    }
}
