using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Sizes of a <see cref="NarrowTile{T}"/>.</summary>
internal static class NarrowTile
{
    public const int Pixels = 4;

    public const int Channels = 3;
}

/// <summary>Sums of four pixels by three output channels, each still spread over the lanes of a vector.</summary>
internal unsafe struct NarrowTile<T>
    where T : unmanaged, ISimd<T>
{
    private T a0;
    private T a1;
    private T a2;
    private T b0;
    private T b1;
    private T b2;
    private T c0;
    private T c1;
    private T c2;
    private T d0;
    private T d1;
    private T d2;

    /// <summary>Adds the products of <paramref name="length"/> elements of each pixel with those of each channel's weights.</summary>
    /// <param name="a">The first pixel's elements; then those of the other three.</param>
    /// <param name="b">The second pixel's.</param>
    /// <param name="c">The third pixel's.</param>
    /// <param name="d">The fourth pixel's.</param>
    /// <param name="weights">The first channel's weights.</param>
    /// <param name="weightStride">Floats from one channel's weights to the next.</param>
    /// <param name="length">Number of elements.</param>
    [MethodImpl(HotLoop.Options)]
    public void MultiplyAdd(float* a, float* b, float* c, float* d, float* weights, int weightStride, int length)
    {
        // Locals stay in registers, which fields behind a reference do not.
        var (p0, p1, p2) = (a0, a1, a2);
        var (q0, q1, q2) = (b0, b1, b2);
        var (r0, r1, r2) = (c0, c1, c2);
        var (s0, s1, s2) = (d0, d1, d2);
        var weights1 = weights + weightStride;
        var weights2 = weights1 + weightStride;
        var i = 0;
        for (; i <= length - T.Width; i += T.Width)
        {
            var w0 = T.Load(weights + i);
            var w1 = T.Load(weights1 + i);
            var w2 = T.Load(weights2 + i);
            var x = T.Load(a + i);
            p0 = T.MultiplyAdd(x, w0, p0);
            p1 = T.MultiplyAdd(x, w1, p1);
            p2 = T.MultiplyAdd(x, w2, p2);
            x = T.Load(b + i);
            q0 = T.MultiplyAdd(x, w0, q0);
            q1 = T.MultiplyAdd(x, w1, q1);
            q2 = T.MultiplyAdd(x, w2, q2);
            x = T.Load(c + i);
            r0 = T.MultiplyAdd(x, w0, r0);
            r1 = T.MultiplyAdd(x, w1, r1);
            r2 = T.MultiplyAdd(x, w2, r2);
            x = T.Load(d + i);
            s0 = T.MultiplyAdd(x, w0, s0);
            s1 = T.MultiplyAdd(x, w1, s1);
            s2 = T.MultiplyAdd(x, w2, s2);
        }

        if (i < length)
        {
            var rest = length - i;
            var w0 = T.LoadPartial(weights + i, rest);
            var w1 = T.LoadPartial(weights1 + i, rest);
            var w2 = T.LoadPartial(weights2 + i, rest);
            var x = T.LoadPartial(a + i, rest);
            p0 = T.MultiplyAdd(x, w0, p0);
            p1 = T.MultiplyAdd(x, w1, p1);
            p2 = T.MultiplyAdd(x, w2, p2);
            x = T.LoadPartial(b + i, rest);
            q0 = T.MultiplyAdd(x, w0, q0);
            q1 = T.MultiplyAdd(x, w1, q1);
            q2 = T.MultiplyAdd(x, w2, q2);
            x = T.LoadPartial(c + i, rest);
            r0 = T.MultiplyAdd(x, w0, r0);
            r1 = T.MultiplyAdd(x, w1, r1);
            r2 = T.MultiplyAdd(x, w2, r2);
            x = T.LoadPartial(d + i, rest);
            s0 = T.MultiplyAdd(x, w0, s0);
            s1 = T.MultiplyAdd(x, w1, s1);
            s2 = T.MultiplyAdd(x, w2, s2);
        }

        (a0, a1, a2) = (p0, p1, p2);
        (b0, b1, b2) = (q0, q1, q2);
        (c0, c1, c2) = (r0, r1, r2);
        (d0, d1, d2) = (s0, s1, s2);
    }

    /// <summary>Writes the sums as [pixel][channel], pixels <paramref name="pitch"/> apart.</summary>
    public readonly void Store(float* sums, int pitch)
    {
        Store(a0, a1, a2, sums);
        Store(b0, b1, b2, sums + pitch);
        Store(c0, c1, c2, sums + (2 * pitch));
        Store(d0, d1, d2, sums + (3 * pitch));
    }

    private static void Store(T first, T second, T third, float* sums)
    {
        sums[0] = T.Sum(first);
        sums[1] = T.Sum(second);
        sums[2] = T.Sum(third);
    }
}
