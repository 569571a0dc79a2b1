using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// F(2 x 2, 3 x 3) with the interpolation points 0, 1, -1 and infinity: 16 multiplications where the direct formula has 36. All factors
/// are 1 or 1/2, so it rounds no worse than the direct formula.
/// </summary>
internal readonly unsafe struct Winograd2 : IWinograd
{
    public static int Tile => 2;

    public static int Edge => 4;

    [MethodImpl(HotLoop.Options)]
    public static void TransformInput<T>(float** pixels, int channels, float* target, long plane, float* scratch)
        where T : unmanaged, ISimd<T>
    {
        for (var next = 0; next < channels; next += T.Width)
        {
            var channel = Math.Min(next, channels - T.Width);
            for (var x = 0; x < 4; x++)
            {
                InputLine(
                    T.Load(pixels[x] + channel),
                    T.Load(pixels[4 + x] + channel),
                    T.Load(pixels[8 + x] + channel),
                    T.Load(pixels[12 + x] + channel),
                    scratch + (x * T.Width),
                    4 * T.Width);
            }

            for (var y = 0; y < 4; y++)
            {
                var line = scratch + (4 * y * T.Width);
                InputLine(
                    T.Load(line),
                    T.Load(line + T.Width),
                    T.Load(line + (2 * T.Width)),
                    T.Load(line + (3 * T.Width)),
                    target + (4 * y * plane) + channel,
                    plane);
            }
        }
    }

    [MethodImpl(HotLoop.Options)]
    public static void TransformWeights<T>(float* weights, long tapStride, float* target, long plane)
        where T : unmanaged, ISimd<T>
    {
        var row = 3 * tapStride;
        WeightsLine<T>(T.Load(weights), T.Load(weights + row), T.Load(weights + (2 * row)), out var a0, out var a1, out var a2, out var a3);
        weights += tapStride;
        WeightsLine<T>(T.Load(weights), T.Load(weights + row), T.Load(weights + (2 * row)), out var b0, out var b1, out var b2, out var b3);
        weights += tapStride;
        WeightsLine<T>(T.Load(weights), T.Load(weights + row), T.Load(weights + (2 * row)), out var c0, out var c1, out var c2, out var c3);
        StoreWeights(a0, b0, c0, target, plane);
        StoreWeights(a1, b1, c1, target + (4 * plane), plane);
        StoreWeights(a2, b2, c2, target + (8 * plane), plane);
        StoreWeights(a3, b3, c3, target + (12 * plane), plane);
    }

    [MethodImpl(HotLoop.Options)]
    public static void TransformPhase<T>(WinogradPhase phase, float* weights, long tapStride, float* target, long plane)
        where T : unmanaged, ISimd<T>
    {
        phase.Taps<T>(weights, tapStride, out var g00, out var g01, out var g10, out var g11);
        PhaseLine(phase.Row, g00, g10, out var a0, out var a1, out var a2);
        PhaseLine(phase.Row, g01, g11, out var b0, out var b1, out var b2);
        target += ((4 * phase.Row) + phase.Column) * plane;
        StorePhase(phase.Column, a0, b0, target, plane);
        StorePhase(phase.Column, a1, b1, target + (4 * plane), plane);
        StorePhase(phase.Column, a2, b2, target + (8 * plane), plane);
    }

    [MethodImpl(HotLoop.Options)]
    public static void TransformOutput<T>(float* sums, long plane, float* outputs, float* scratch)
        where T : unmanaged, ISimd<T>
    {
        for (var x = 0; x < 4; x++, sums += plane)
        {
            OutputLine(
                T.Load(sums),
                T.Load(sums + (4 * plane)),
                T.Load(sums + (8 * plane)),
                T.Load(sums + (12 * plane)),
                scratch + (x * T.Width),
                4 * T.Width);
        }

        for (var y = 0; y < 2; y++)
        {
            var line = scratch + (4 * y * T.Width);
            OutputLine(
                T.Load(line),
                T.Load(line + T.Width),
                T.Load(line + (2 * T.Width)),
                T.Load(line + (3 * T.Width)),
                outputs + (2 * y * T.Width),
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
            for (var x = 0; x < 2; x++)
            {
                GradientLine(
                    T.Load(pixels[x] + channel),
                    T.Load(pixels[2 + x] + channel),
                    scratch + (x * T.Width),
                    2 * T.Width);
            }

            for (var y = 0; y < 4; y++)
            {
                var line = scratch + (2 * y * T.Width);
                GradientLine(
                    T.Load(line),
                    T.Load(line + T.Width),
                    target + (4 * y * plane) + channel,
                    plane);
            }
        }
    }

    [MethodImpl(HotLoop.Options)]
    public static void TransformSums<T>(float* sums, long plane, float* taps, float* scratch)
        where T : unmanaged, ISimd<T>
    {
        for (var x = 0; x < 4; x++, sums += plane)
        {
            SumsLine(
                T.Load(sums),
                T.Load(sums + (4 * plane)),
                T.Load(sums + (8 * plane)),
                T.Load(sums + (12 * plane)),
                scratch + (x * T.Width),
                4 * T.Width);
        }

        for (var y = 0; y < 3; y++)
        {
            var line = scratch + (4 * y * T.Width);
            SumsLine(
                T.Load(line),
                T.Load(line + T.Width),
                T.Load(line + (2 * T.Width)),
                T.Load(line + (3 * T.Width)),
                taps + (3 * y * T.Width),
                T.Width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InputLine<T>(T d0, T d1, T d2, T d3, float* to, long step)
        where T : unmanaged, ISimd<T>
    {
        T.Store(d0 - d2, to);
        T.Store(d1 + d2, to + step);
        T.Store(d2 - d1, to + (2 * step));
        T.Store(d3 - d1, to + (3 * step));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WeightsLine<T>(T g0, T g1, T g2, out T u0, out T u1, out T u2, out T u3)
        where T : unmanaged, ISimd<T>
    {
        var even = g0 + g2;
        u0 = g0;
        u1 = even + g1;
        u2 = even - g1;
        u3 = g2;
    }

    /// <summary>
    /// As <see cref="WeightsLine{T}"/> where the kernel has two taps, without the point where it is zero: the first two taps in phase 0, the
    /// last two in phase 1.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PhaseLine<T>(int parity, T a, T b, out T u0, out T u1, out T u2)
        where T : unmanaged, ISimd<T>
    {
        (u0, u1, u2) = parity == 0 ? (a, a + b, a - b) : (b + a, b - a, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePhase<T>(int parity, T a, T b, float* to, long step)
        where T : unmanaged, ISimd<T>
    {
        PhaseLine(parity, a, b, out var u0, out var u1, out var u2);
        T.Store(u0, to);
        T.Store(u1, to + step);
        T.Store(u2, to + (2 * step));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreWeights<T>(T g0, T g1, T g2, float* to, long step)
        where T : unmanaged, ISimd<T>
    {
        WeightsLine<T>(g0, g1, g2, out var u0, out var u1, out var u2, out var u3);
        T.Store(u0, to);
        T.Store(u1, to + step);
        T.Store(u2, to + (2 * step));
        T.Store(u3, to + (3 * step));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OutputLine<T>(T s0, T s1, T s2, T s3, float* to, long step)
        where T : unmanaged, ISimd<T>
    {
        var half = T.Create(0.5f);
        T.Store(T.MultiplyAdd(half, s1 + s2, s0), to);
        T.Store(T.MultiplyAdd(half, s1 - s2, s3), to + step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void GradientLine<T>(T y0, T y1, float* to, long step)
        where T : unmanaged, ISimd<T>
    {
        var half = T.Create(0.5f);
        T.Store(y0, to);
        T.Store(half * (y0 + y1), to + step);
        T.Store(half * (y0 - y1), to + (2 * step));
        T.Store(y1, to + (3 * step));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SumsLine<T>(T s0, T s1, T s2, T s3, float* to, long step)
        where T : unmanaged, ISimd<T>
    {
        var even = s1 + s2;
        T.Store(s0 + even, to);
        T.Store(s1 - s2, to + step);
        T.Store(even + s3, to + (2 * step));
    }
}
