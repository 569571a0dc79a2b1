using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>The innermost loop of <see cref="WinogradFewTiles"/>: one row of planes, four tiles, a vector of target channels.</summary>
internal static unsafe class WinogradRowPass<T, TRow>
    where T : unmanaged, ISimd<T>
    where TRow : IWinograd4Row
{
    /// <summary>sums[plane][tile] += values[channel][plane][tile] · the row's transformed weights [plane] of each channel, in their order.</summary>
    /// <param name="weights">The element of the kernel's first tap.</param>
    /// <param name="tapStride">Floats from one tap to the next, row by row.</param>
    /// <param name="rowStride">Floats from one source channel to the next.</param>
    /// <param name="values">Transformed inputs.</param>
    /// <param name="depth">Source channels.</param>
    /// <param name="sums">A vector for each plane of the row and tile.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* weights, long tapStride, long rowStride, float* values, int depth, float* sums)
    {
        var column = 3 * tapStride;
        var s00 = T.Load(sums);
        var s01 = T.Load(sums + T.Width);
        var s02 = T.Load(sums + (2 * T.Width));
        var s03 = T.Load(sums + (3 * T.Width));
        var s10 = T.Load(sums + (4 * T.Width));
        var s11 = T.Load(sums + (5 * T.Width));
        var s12 = T.Load(sums + (6 * T.Width));
        var s13 = T.Load(sums + (7 * T.Width));
        var s20 = T.Load(sums + (8 * T.Width));
        var s21 = T.Load(sums + (9 * T.Width));
        var s22 = T.Load(sums + (10 * T.Width));
        var s23 = T.Load(sums + (11 * T.Width));
        var s30 = T.Load(sums + (12 * T.Width));
        var s31 = T.Load(sums + (13 * T.Width));
        var s32 = T.Load(sums + (14 * T.Width));
        var s33 = T.Load(sums + (15 * T.Width));
        var s40 = T.Load(sums + (16 * T.Width));
        var s41 = T.Load(sums + (17 * T.Width));
        var s42 = T.Load(sums + (18 * T.Width));
        var s43 = T.Load(sums + (19 * T.Width));
        var s50 = T.Load(sums + (20 * T.Width));
        var s51 = T.Load(sums + (21 * T.Width));
        var s52 = T.Load(sums + (22 * T.Width));
        var s53 = T.Load(sums + (23 * T.Width));
        for (var channel = 0; channel < depth; channel++, weights += rowStride, values += WinogradFewTiles.PassSums)
        {
            var taps = weights;
            var a = TRow.Combine(T.Load(taps), T.Load(taps + column), T.Load(taps + (2 * column)));
            taps += tapStride;
            var b = TRow.Combine(T.Load(taps), T.Load(taps + column), T.Load(taps + (2 * column)));
            taps += tapStride;
            var c = TRow.Combine(T.Load(taps), T.Load(taps + column), T.Load(taps + (2 * column)));

            var u = Winograd4Row0.Combine(a, b, c);
            s00 = T.MultiplyAdd(T.Create(values[0]), u, s00);
            s01 = T.MultiplyAdd(T.Create(values[1]), u, s01);
            s02 = T.MultiplyAdd(T.Create(values[2]), u, s02);
            s03 = T.MultiplyAdd(T.Create(values[3]), u, s03);
            u = Winograd4Row1.Combine(a, b, c);
            s10 = T.MultiplyAdd(T.Create(values[4]), u, s10);
            s11 = T.MultiplyAdd(T.Create(values[5]), u, s11);
            s12 = T.MultiplyAdd(T.Create(values[6]), u, s12);
            s13 = T.MultiplyAdd(T.Create(values[7]), u, s13);
            u = Winograd4Row2.Combine(a, b, c);
            s20 = T.MultiplyAdd(T.Create(values[8]), u, s20);
            s21 = T.MultiplyAdd(T.Create(values[9]), u, s21);
            s22 = T.MultiplyAdd(T.Create(values[10]), u, s22);
            s23 = T.MultiplyAdd(T.Create(values[11]), u, s23);
            u = Winograd4Row3.Combine(a, b, c);
            s30 = T.MultiplyAdd(T.Create(values[12]), u, s30);
            s31 = T.MultiplyAdd(T.Create(values[13]), u, s31);
            s32 = T.MultiplyAdd(T.Create(values[14]), u, s32);
            s33 = T.MultiplyAdd(T.Create(values[15]), u, s33);
            u = Winograd4Row4.Combine(a, b, c);
            s40 = T.MultiplyAdd(T.Create(values[16]), u, s40);
            s41 = T.MultiplyAdd(T.Create(values[17]), u, s41);
            s42 = T.MultiplyAdd(T.Create(values[18]), u, s42);
            s43 = T.MultiplyAdd(T.Create(values[19]), u, s43);
            s50 = T.MultiplyAdd(T.Create(values[20]), c, s50);
            s51 = T.MultiplyAdd(T.Create(values[21]), c, s51);
            s52 = T.MultiplyAdd(T.Create(values[22]), c, s52);
            s53 = T.MultiplyAdd(T.Create(values[23]), c, s53);
        }

        T.Store(s00, sums);
        T.Store(s01, sums + T.Width);
        T.Store(s02, sums + (2 * T.Width));
        T.Store(s03, sums + (3 * T.Width));
        T.Store(s10, sums + (4 * T.Width));
        T.Store(s11, sums + (5 * T.Width));
        T.Store(s12, sums + (6 * T.Width));
        T.Store(s13, sums + (7 * T.Width));
        T.Store(s20, sums + (8 * T.Width));
        T.Store(s21, sums + (9 * T.Width));
        T.Store(s22, sums + (10 * T.Width));
        T.Store(s23, sums + (11 * T.Width));
        T.Store(s30, sums + (12 * T.Width));
        T.Store(s31, sums + (13 * T.Width));
        T.Store(s32, sums + (14 * T.Width));
        T.Store(s33, sums + (15 * T.Width));
        T.Store(s40, sums + (16 * T.Width));
        T.Store(s41, sums + (17 * T.Width));
        T.Store(s42, sums + (18 * T.Width));
        T.Store(s43, sums + (19 * T.Width));
        T.Store(s50, sums + (20 * T.Width));
        T.Store(s51, sums + (21 * T.Width));
        T.Store(s52, sums + (22 * T.Width));
        T.Store(s53, sums + (23 * T.Width));
    }
}
