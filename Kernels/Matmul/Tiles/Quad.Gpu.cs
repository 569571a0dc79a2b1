using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KernelDiff.Kernels.Matmul;

/// <summary>
/// Four consecutive floats that move between shared memory and registers as one 16-byte access on a GPU: cast a view of floats to a view
/// of these, with first indices and strides that are multiples of four.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal struct Quad
{
    /// <summary>Floats of a quad.</summary>
    public const int Elements = 4;

    public const int Bytes = Elements * sizeof(float);

    public float X;
    public float Y;
    public float Z;
    public float W;

    /// <summary>Adds factor · other, column by column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd(float factor, Quad other)
    {
        X += factor * other.X;
        Y += factor * other.Y;
        Z += factor * other.Z;
        W += factor * other.W;
    }

    /// <summary>This quad, or zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Quad Where(bool condition)
    {
        Quad quad = default;
        quad.X = condition ? X : 0f;
        quad.Y = condition ? Y : 0f;
        quad.Z = condition ? Z : 0f;
        quad.W = condition ? W : 0f;
        return quad;
    }
}
