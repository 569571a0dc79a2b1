using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>The innermost loop of <see cref="WinogradFewTiles"/>: one row of planes, four tiles, a vector of target channels, with AVX-512.</summary>
/// <remarks>
/// Vectors stand as the runtime knows them, not wrapped in <see cref="ISimd{TSelf}"/>: only then does the compiler broadcast a value as
/// a part of the multiplication that uses it, which makes the loop a tenth faster.
/// </remarks>
internal static unsafe class WinogradRowPass
{
    /// <summary>Vectors that are fetched for every source channel.</summary>
    public const int FetchedVectors = 2;

    /// <summary>Floats of a vector.</summary>
    public const int Width = 16;

    private const int KernelRow = 3 * Width;
    private const int Channel = WinogradGeometry.Taps * Width;

    /// <summary>sums[plane][tile] += values[channel][plane][tile] · the row's transformed weights [plane] of each channel, in their order.</summary>
    /// <param name="row">The row of planes.</param>
    /// <param name="operands">What is read and written.</param>
    public static void Multiply(int row, in WinogradRowOperands operands)
    {
        switch (row)
        {
            case 0:
                Multiply<Winograd4Row0>(operands);
                break;
            case 1:
                Multiply<Winograd4Row1>(operands);
                break;
            case 2:
                Multiply<Winograd4Row2>(operands);
                break;
            case 3:
                Multiply<Winograd4Row3>(operands);
                break;
            case 4:
                Multiply<Winograd4Row4>(operands);
                break;
            default:
                Multiply<Winograd4Row5>(operands);
                break;
        }
    }

    [MethodImpl(HotLoop.Options)]
    private static void Multiply<TRow>(in WinogradRowOperands operands)
        where TRow : IWinograd4Row
    {
        var source = operands.Source;
        var packed = operands.Packed;
        var values = operands.Values;
        var fetched = operands.Fetched;
        var (tapStride, rowStride, fetchedStride) = (operands.TapStride, operands.RowStride, operands.FetchedStride);
        var sums = operands.Sums;
        var s00 = Vector512.Load(sums);
        var s01 = Vector512.Load(sums + Width);
        var s02 = Vector512.Load(sums + (2 * Width));
        var s03 = Vector512.Load(sums + (3 * Width));
        var s10 = Vector512.Load(sums + (4 * Width));
        var s11 = Vector512.Load(sums + (5 * Width));
        var s12 = Vector512.Load(sums + (6 * Width));
        var s13 = Vector512.Load(sums + (7 * Width));
        var s20 = Vector512.Load(sums + (8 * Width));
        var s21 = Vector512.Load(sums + (9 * Width));
        var s22 = Vector512.Load(sums + (10 * Width));
        var s23 = Vector512.Load(sums + (11 * Width));
        var s30 = Vector512.Load(sums + (12 * Width));
        var s31 = Vector512.Load(sums + (13 * Width));
        var s32 = Vector512.Load(sums + (14 * Width));
        var s33 = Vector512.Load(sums + (15 * Width));
        var s40 = Vector512.Load(sums + (16 * Width));
        var s41 = Vector512.Load(sums + (17 * Width));
        var s42 = Vector512.Load(sums + (18 * Width));
        var s43 = Vector512.Load(sums + (19 * Width));
        var s50 = Vector512.Load(sums + (20 * Width));
        var s51 = Vector512.Load(sums + (21 * Width));
        var s52 = Vector512.Load(sums + (22 * Width));
        var s53 = Vector512.Load(sums + (23 * Width));
        for (var remaining = operands.Depth; remaining > 0; remaining--)
        {
            Sse.Prefetch1(fetched);
            Sse.Prefetch1(fetched + Width);
            if (source != null)
            {
                Pack(source, tapStride, packed);
                source += rowStride;
            }

            var a = CombineColumn<TRow>(packed);
            var b = CombineColumn<TRow>(packed + Width);
            var c = CombineColumn<TRow>(packed + (2 * Width));

            var u = Winograd4Row0.Combine(a, b, c).Value;
            s00 = Avx512F.FusedMultiplyAdd(u, Vector512.Create(values[0]), s00);
            s01 = Avx512F.FusedMultiplyAdd(u, Vector512.Create(values[1]), s01);
            s02 = Avx512F.FusedMultiplyAdd(u, Vector512.Create(values[2]), s02);
            s03 = Avx512F.FusedMultiplyAdd(u, Vector512.Create(values[3]), s03);
            u = Winograd4Row1.Combine(a, b, c).Value;
            s10 = Avx512F.FusedMultiplyAdd(u, Vector512.Create(values[4]), s10);
            s11 = Avx512F.FusedMultiplyAdd(u, Vector512.Create(values[5]), s11);
            s12 = Avx512F.FusedMultiplyAdd(u, Vector512.Create(values[6]), s12);
            s13 = Avx512F.FusedMultiplyAdd(u, Vector512.Create(values[7]), s13);
            u = Winograd4Row2.Combine(a, b, c).Value;
            s20 = Avx512F.FusedMultiplyAdd(u, Vector512.Create(values[8]), s20);
            s21 = Avx512F.FusedMultiplyAdd(u, Vector512.Create(values[9]), s21);
            s22 = Avx512F.FusedMultiplyAdd(u, Vector512.Create(values[10]), s22);
            s23 = Avx512F.FusedMultiplyAdd(u, Vector512.Create(values[11]), s23);
            u = Winograd4Row3.Combine(a, b, c).Value;
            s30 = Avx512F.FusedMultiplyAdd(u, Vector512.Create(values[12]), s30);
            s31 = Avx512F.FusedMultiplyAdd(u, Vector512.Create(values[13]), s31);
            s32 = Avx512F.FusedMultiplyAdd(u, Vector512.Create(values[14]), s32);
            s33 = Avx512F.FusedMultiplyAdd(u, Vector512.Create(values[15]), s33);
            u = Winograd4Row4.Combine(a, b, c).Value;
            s40 = Avx512F.FusedMultiplyAdd(u, Vector512.Create(values[16]), s40);
            s41 = Avx512F.FusedMultiplyAdd(u, Vector512.Create(values[17]), s41);
            s42 = Avx512F.FusedMultiplyAdd(u, Vector512.Create(values[18]), s42);
            s43 = Avx512F.FusedMultiplyAdd(u, Vector512.Create(values[19]), s43);
            u = Winograd4Row5.Combine(a, b, c).Value;
            s50 = Avx512F.FusedMultiplyAdd(u, Vector512.Create(values[20]), s50);
            s51 = Avx512F.FusedMultiplyAdd(u, Vector512.Create(values[21]), s51);
            s52 = Avx512F.FusedMultiplyAdd(u, Vector512.Create(values[22]), s52);
            s53 = Avx512F.FusedMultiplyAdd(u, Vector512.Create(values[23]), s53);
            packed += Channel;
            values += WinogradFewTiles.PassSums;
            fetched += fetchedStride;
        }

        Vector512.Store(s00, sums);
        Vector512.Store(s01, sums + Width);
        Vector512.Store(s02, sums + (2 * Width));
        Vector512.Store(s03, sums + (3 * Width));
        Vector512.Store(s10, sums + (4 * Width));
        Vector512.Store(s11, sums + (5 * Width));
        Vector512.Store(s12, sums + (6 * Width));
        Vector512.Store(s13, sums + (7 * Width));
        Vector512.Store(s20, sums + (8 * Width));
        Vector512.Store(s21, sums + (9 * Width));
        Vector512.Store(s22, sums + (10 * Width));
        Vector512.Store(s23, sums + (11 * Width));
        Vector512.Store(s30, sums + (12 * Width));
        Vector512.Store(s31, sums + (13 * Width));
        Vector512.Store(s32, sums + (14 * Width));
        Vector512.Store(s33, sums + (15 * Width));
        Vector512.Store(s40, sums + (16 * Width));
        Vector512.Store(s41, sums + (17 * Width));
        Vector512.Store(s42, sums + (18 * Width));
        Vector512.Store(s43, sums + (19 * Width));
        Vector512.Store(s50, sums + (20 * Width));
        Vector512.Store(s51, sums + (21 * Width));
        Vector512.Store(s52, sums + (22 * Width));
        Vector512.Store(s53, sums + (23 * Width));
    }

    /// <summary>A column of the kernel at the row's point.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float512 CombineColumn<TRow>(float* taps)
        where TRow : IWinograd4Row =>
        TRow.Combine(Float512.Load(taps), Float512.Load(taps + KernelRow), Float512.Load(taps + (2 * KernelRow)));

    /// <summary>Copies the taps of a source channel side by side: where they lie, those of many channels would share a set of the cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pack(float* source, long tapStride, float* packed)
    {
        for (var tap = 0; tap < WinogradGeometry.Taps; tap++)
        {
            Float512.Store(Float512.Load(source + (tap * tapStride)), packed + (tap * Width));
        }
    }
}
