using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// F(4 x 4, 3 x 3) with the interpolation points 0, ±5/8, ±3/2 and infinity: 36 multiplications where the direct formula has 144.
/// </summary>
/// <remarks>
/// Any points 0, ±a, ±b and infinity give the matrices below. The usual choice, a = 1 and b = 2, rounds 2.3 times worse: these were found
/// by search over pairs whose squares and products are exact in fp32 (root mean square of the error over 224 channels 1.3e-6 against
/// 3.0e-6 of the result's, the direct formula's being 0.3e-6). What divides a point's polynomial by its differences to the others stands in
/// A and not in G: there it costs nearly nothing, while transforming weights takes as long as its arithmetic. The kernels of ILGPU devices,
/// which wait for memory, keep it in G.
/// </remarks>
internal readonly unsafe struct Winograd4 : IWinograd
{
    internal const float A = 5 / 8f;
    internal const float B = 3 / 2f;
    internal const float A2 = A * A;
    internal const float B2 = B * B;

    // One over the product of a point's differences to the other finite points.
    internal const float AtZero = (float)(1.0 / ((double)A2 * B2));
    internal const float AtA = (float)(1.0 / (2.0 * A2 * ((double)A2 - B2)));
    internal const float AtB = (float)(1.0 / (2.0 * B2 * ((double)B2 - A2)));

    public static int Tile => 4;

    public static int Edge => 6;

    [MethodImpl(HotLoop.Options)]
    public static void TransformInput<T>(float** pixels, int channels, float* target, long plane, float* scratch)
        where T : unmanaged, ISimd<T>
    {
        for (var next = 0; next < channels; next += T.Width)
        {
            var channel = Math.Min(next, channels - T.Width);
            for (var x = 0; x < 6; x++)
            {
                InputLine(
                    T.Load(pixels[x] + channel),
                    T.Load(pixels[6 + x] + channel),
                    T.Load(pixels[12 + x] + channel),
                    T.Load(pixels[18 + x] + channel),
                    T.Load(pixels[24 + x] + channel),
                    T.Load(pixels[30 + x] + channel),
                    scratch + (x * T.Width),
                    6 * T.Width);
            }

            for (var y = 0; y < 6; y++)
            {
                var line = scratch + (6 * y * T.Width);
                InputLine(
                    T.Load(line),
                    T.Load(line + T.Width),
                    T.Load(line + (2 * T.Width)),
                    T.Load(line + (3 * T.Width)),
                    T.Load(line + (4 * T.Width)),
                    T.Load(line + (5 * T.Width)),
                    target + (6 * y * plane) + channel,
                    plane);
            }
        }
    }

    /// <remarks>Between the lines and the columns everything stays in registers: storing is what limits this transform.</remarks>
    [MethodImpl(HotLoop.Options)]
    public static void TransformWeights<T>(float* weights, long tapStride, float* target, long plane)
        where T : unmanaged, ISimd<T>
    {
        var row = 3 * tapStride;
        WeightsLine<T>(
            T.Load(weights), T.Load(weights + row), T.Load(weights + (2 * row)), out var a0, out var a1, out var a2, out var a3, out var a4, out var a5);
        weights += tapStride;
        WeightsLine<T>(
            T.Load(weights), T.Load(weights + row), T.Load(weights + (2 * row)), out var b0, out var b1, out var b2, out var b3, out var b4, out var b5);
        weights += tapStride;
        WeightsLine<T>(
            T.Load(weights), T.Load(weights + row), T.Load(weights + (2 * row)), out var c0, out var c1, out var c2, out var c3, out var c4, out var c5);
        StoreWeights(a0, b0, c0, target, plane);
        StoreWeights(a1, b1, c1, target + (6 * plane), plane);
        StoreWeights(a2, b2, c2, target + (12 * plane), plane);
        StoreWeights(a3, b3, c3, target + (18 * plane), plane);
        StoreWeights(a4, b4, c4, target + (24 * plane), plane);
        StoreWeights(a5, b5, c5, target + (30 * plane), plane);
    }

    [MethodImpl(HotLoop.Options)]
    public static void TransformPhase<T>(WinogradPhase phase, float* weights, long tapStride, float* target, long plane)
        where T : unmanaged, ISimd<T>
    {
        phase.Taps<T>(weights, tapStride, out var g00, out var g01, out var g10, out var g11);
        PhaseLine(phase.Row, g00, g10, out var a0, out var a1, out var a2, out var a3, out var a4);
        PhaseLine(phase.Row, g01, g11, out var b0, out var b1, out var b2, out var b3, out var b4);
        target += ((6 * phase.Row) + phase.Column) * plane;
        StorePhase(phase.Column, a0, b0, target, plane);
        StorePhase(phase.Column, a1, b1, target + (6 * plane), plane);
        StorePhase(phase.Column, a2, b2, target + (12 * plane), plane);
        StorePhase(phase.Column, a3, b3, target + (18 * plane), plane);
        StorePhase(phase.Column, a4, b4, target + (24 * plane), plane);
    }

    [MethodImpl(HotLoop.Options)]
    public static void TransformOutput<T>(float* sums, long plane, float* outputs, float* scratch)
        where T : unmanaged, ISimd<T>
    {
        for (var x = 0; x < 6; x++, sums += plane)
        {
            OutputLine(
                T.Load(sums),
                T.Load(sums + (6 * plane)),
                T.Load(sums + (12 * plane)),
                T.Load(sums + (18 * plane)),
                T.Load(sums + (24 * plane)),
                T.Load(sums + (30 * plane)),
                scratch + (x * T.Width),
                6 * T.Width);
        }

        for (var y = 0; y < 4; y++)
        {
            var line = scratch + (6 * y * T.Width);
            OutputLine(
                T.Load(line),
                T.Load(line + T.Width),
                T.Load(line + (2 * T.Width)),
                T.Load(line + (3 * T.Width)),
                T.Load(line + (4 * T.Width)),
                T.Load(line + (5 * T.Width)),
                outputs + (4 * y * T.Width),
                T.Width);
        }
    }

    [MethodImpl(HotLoop.Options)]
    public static void TransformGradient<T>(float** pixels, int channels, float* target, long plane, float* scratch)
        where T : unmanaged, ISimd<T>
    {
        for (var next = 0; next < channels; next += T.Width)
        {
            var channel = Math.Min(next, channels - T.Width);
            for (var x = 0; x < 4; x++)
            {
                GradientLine(
                    T.Load(pixels[x] + channel),
                    T.Load(pixels[4 + x] + channel),
                    T.Load(pixels[8 + x] + channel),
                    T.Load(pixels[12 + x] + channel),
                    scratch + (x * T.Width),
                    4 * T.Width);
            }

            for (var y = 0; y < 6; y++)
            {
                var line = scratch + (4 * y * T.Width);
                GradientLine(
                    T.Load(line),
                    T.Load(line + T.Width),
                    T.Load(line + (2 * T.Width)),
                    T.Load(line + (3 * T.Width)),
                    target + (6 * y * plane) + channel,
                    plane);
            }
        }
    }

    [MethodImpl(HotLoop.Options)]
    public static void TransformSums<T>(float* sums, long plane, float* taps, float* scratch)
        where T : unmanaged, ISimd<T>
    {
        for (var x = 0; x < 6; x++, sums += plane)
        {
            SumsLine(
                T.Load(sums),
                T.Load(sums + (6 * plane)),
                T.Load(sums + (12 * plane)),
                T.Load(sums + (18 * plane)),
                T.Load(sums + (24 * plane)),
                T.Load(sums + (30 * plane)),
                scratch + (x * T.Width),
                6 * T.Width);
        }

        for (var y = 0; y < 3; y++)
        {
            var line = scratch + (6 * y * T.Width);
            SumsLine(
                T.Load(line),
                T.Load(line + T.Width),
                T.Load(line + (2 * T.Width)),
                T.Load(line + (3 * T.Width)),
                T.Load(line + (4 * T.Width)),
                T.Load(line + (5 * T.Width)),
                taps + (3 * y * T.Width),
                T.Width);
        }
    }

    /// <summary>
    /// A column of B': the coefficients of the products of (x - p) over all finite points p but one, and over all of them.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InputLine<T>(T d0, T d1, T d2, T d3, T d4, T d5, float* to, long step)
        where T : unmanaged, ISimd<T>
    {
        var (a, b, a2, b2) = (T.Create(A), T.Create(B), T.Create(A2), T.Create(B2));
        var (sum, product) = (T.Create(A2 + B2), T.Create(A2 * B2));
        var even = T.NegatedMultiplyAdd(b2, d2, d4);
        var odd = T.NegatedMultiplyAdd(b2, d1, d3);
        T.Store(T.MultiplyAdd(product, d0, T.NegatedMultiplyAdd(sum, d2, d4)), to);
        T.Store(T.MultiplyAdd(a, odd, even), to + step);
        T.Store(T.NegatedMultiplyAdd(a, odd, even), to + (2 * step));
        even = T.NegatedMultiplyAdd(a2, d2, d4);
        odd = T.NegatedMultiplyAdd(a2, d1, d3);
        T.Store(T.MultiplyAdd(b, odd, even), to + (3 * step));
        T.Store(T.NegatedMultiplyAdd(b, odd, even), to + (4 * step));
        T.Store(T.MultiplyAdd(product, d1, T.NegatedMultiplyAdd(sum, d3, d5)), to + (5 * step));
    }

    /// <summary>A column of G: the kernel as a polynomial at every point.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WeightsLine<T>(T g0, T g1, T g2, out T u0, out T u1, out T u2, out T u3, out T u4, out T u5)
        where T : unmanaged, ISimd<T>
    {
        u0 = g0;
        var even = T.MultiplyAdd(T.Create(A2), g2, g0);
        u1 = T.MultiplyAdd(T.Create(A), g1, even);
        u2 = T.NegatedMultiplyAdd(T.Create(A), g1, even);
        even = T.MultiplyAdd(T.Create(B2), g2, g0);
        u3 = T.MultiplyAdd(T.Create(B), g1, even);
        u4 = T.NegatedMultiplyAdd(T.Create(B), g1, even);
        u5 = g2;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreWeights<T>(T g0, T g1, T g2, float* to, long step)
        where T : unmanaged, ISimd<T>
    {
        WeightsLine<T>(g0, g1, g2, out var u0, out var u1, out var u2, out var u3, out var u4, out var u5);
        T.Store(u0, to);
        T.Store(u1, to + step);
        T.Store(u2, to + (2 * step));
        T.Store(u3, to + (3 * step));
        T.Store(u4, to + (4 * step));
        T.Store(u5, to + (5 * step));
    }

    /// <summary>
    /// A column of G where the kernel has two taps, without the point where it is zero: the first two taps in phase 0, so that there is
    /// nothing at infinity, the last two in phase 1, so that there is nothing at zero.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PhaseLine<T>(int parity, T a, T b, out T u0, out T u1, out T u2, out T u3, out T u4)
        where T : unmanaged, ISimd<T>
    {
        if (parity == 0)
        {
            u0 = a;
            u1 = T.MultiplyAdd(T.Create(A), b, a);
            u2 = T.NegatedMultiplyAdd(T.Create(A), b, a);
            u3 = T.MultiplyAdd(T.Create(B), b, a);
            u4 = T.NegatedMultiplyAdd(T.Create(B), b, a);
        }
        else
        {
            var even = T.Create(A2) * b;
            u0 = T.MultiplyAdd(T.Create(A), a, even);
            u1 = T.NegatedMultiplyAdd(T.Create(A), a, even);
            even = T.Create(B2) * b;
            u2 = T.MultiplyAdd(T.Create(B), a, even);
            u3 = T.NegatedMultiplyAdd(T.Create(B), a, even);
            u4 = b;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePhase<T>(int parity, T a, T b, float* to, long step)
        where T : unmanaged, ISimd<T>
    {
        PhaseLine(parity, a, b, out var u0, out var u1, out var u2, out var u3, out var u4);
        T.Store(u0, to);
        T.Store(u1, to + step);
        T.Store(u2, to + (2 * step));
        T.Store(u3, to + (3 * step));
        T.Store(u4, to + (4 * step));
    }

    /// <summary>A column of A': powers of a point, divided by its differences to the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OutputLine<T>(T s0, T s1, T s2, T s3, T s4, T s5, float* to, long step)
        where T : unmanaged, ISimd<T>
    {
        var (evenA, oddA) = (s1 + s2, s1 - s2);
        var (evenB, oddB) = (s3 + s4, s3 - s4);
        T.Store(T.MultiplyAdd(T.Create(AtZero), s0, T.MultiplyAdd(T.Create(AtA), evenA, T.Create(AtB) * evenB)), to);
        T.Store(T.MultiplyAdd(T.Create(B * AtB), oddB, T.Create(A * AtA) * oddA), to + step);
        T.Store(T.MultiplyAdd(T.Create(B2 * AtB), evenB, T.Create(A2 * AtA) * evenA), to + (2 * step));
        T.Store(T.MultiplyAdd(T.Create(B2 * B * AtB), oddB, T.MultiplyAdd(T.Create(A2 * A * AtA), oddA, s5)), to + (3 * step));
    }

    /// <summary>A column of A: the outputs as a polynomial at every point, divided by the point's differences to the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void GradientLine<T>(T y0, T y1, T y2, T y3, float* to, long step)
        where T : unmanaged, ISimd<T>
    {
        T.Store(T.Create(AtZero) * y0, to);
        var even = T.MultiplyAdd(T.Create(A2 * AtA), y2, T.Create(AtA) * y0);
        var odd = T.MultiplyAdd(T.Create(A2 * A * AtA), y3, T.Create(A * AtA) * y1);
        T.Store(even + odd, to + step);
        T.Store(even - odd, to + (2 * step));
        even = T.MultiplyAdd(T.Create(B2 * AtB), y2, T.Create(AtB) * y0);
        odd = T.MultiplyAdd(T.Create(B2 * B * AtB), y3, T.Create(B * AtB) * y1);
        T.Store(even + odd, to + (3 * step));
        T.Store(even - odd, to + (4 * step));
        T.Store(y3, to + (5 * step));
    }

    /// <summary>A column of G'.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SumsLine<T>(T s0, T s1, T s2, T s3, T s4, T s5, float* to, long step)
        where T : unmanaged, ISimd<T>
    {
        var (evenA, oddA) = (s1 + s2, s1 - s2);
        var (evenB, oddB) = (s3 + s4, s3 - s4);
        T.Store(s0 + evenA + evenB, to);
        T.Store(T.MultiplyAdd(T.Create(B), oddB, T.Create(A) * oddA), to + step);
        T.Store(T.MultiplyAdd(T.Create(A2), evenA, T.MultiplyAdd(T.Create(B2), evenB, s5)), to + (2 * step));
    }
}
