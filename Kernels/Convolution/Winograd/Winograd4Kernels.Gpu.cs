using System.Runtime.CompilerServices;
using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>GPU: F(4 x 4, 3 x 3), with the points and formulas of <see cref="Winograd4"/>.</summary>
internal readonly struct Winograd4Kernels : IWinogradKernels
{
    public static int Tile => 4;

    public static GpuKernel<WinogradWeightsParameters> Weights { get; } = new(TransformWeights);

    public static GpuKernel<WinogradSource> Source { get; } = new(TransformSource);

    public static GpuKernel<WinogradTarget> Target { get; } = new(TransformTarget);

    public static GpuKernel<WinogradSource> Gradient { get; } = new(TransformGradient);

    public static GpuKernel<WinogradWeightsParameters> Sums { get; } = new(TransformSums);

    internal static void TransformWeights(WinogradWeightsParameters p)
    {
        var index = Grid.GlobalIndex.X;
        if (index < p.Length)
        {
            var a = WeightsLine(p.Tap(0, index), p.Tap(3, index), p.Tap(6, index));
            var b = WeightsLine(p.Tap(1, index), p.Tap(4, index), p.Tap(7, index));
            var c = WeightsLine(p.Tap(2, index), p.Tap(5, index), p.Tap(8, index));
            Store(p, index, 0, WeightsLine(a.E0, b.E0, c.E0));
            Store(p, index, 6, WeightsLine(a.E1, b.E1, c.E1));
            Store(p, index, 12, WeightsLine(a.E2, b.E2, c.E2));
            Store(p, index, 18, WeightsLine(a.E3, b.E3, c.E3));
            Store(p, index, 24, WeightsLine(a.E4, b.E4, c.E4));
            Store(p, index, 30, WeightsLine(a.E5, b.E5, c.E5));
        }
    }

    internal static void TransformSource(WinogradSource p)
    {
        var place = p.Find();
        if (place.IsInside)
        {
            var c0 = SourceColumn(p, place, 0);
            var c1 = SourceColumn(p, place, 1);
            var c2 = SourceColumn(p, place, 2);
            var c3 = SourceColumn(p, place, 3);
            var c4 = SourceColumn(p, place, 4);
            var c5 = SourceColumn(p, place, 5);
            Store(p, place, 0, SourceLine(c0.E0, c1.E0, c2.E0, c3.E0, c4.E0, c5.E0));
            Store(p, place, 6, SourceLine(c0.E1, c1.E1, c2.E1, c3.E1, c4.E1, c5.E1));
            Store(p, place, 12, SourceLine(c0.E2, c1.E2, c2.E2, c3.E2, c4.E2, c5.E2));
            Store(p, place, 18, SourceLine(c0.E3, c1.E3, c2.E3, c3.E3, c4.E3, c5.E3));
            Store(p, place, 24, SourceLine(c0.E4, c1.E4, c2.E4, c3.E4, c4.E4, c5.E4));
            Store(p, place, 30, SourceLine(c0.E5, c1.E5, c2.E5, c3.E5, c4.E5, c5.E5));
        }
    }

    internal static void TransformTarget(WinogradTarget p)
    {
        var place = p.Find();
        if (place.IsInside)
        {
            var bias = p.Bias(place);
            var c0 = TargetColumn(p, place, 0);
            var c1 = TargetColumn(p, place, 1);
            var c2 = TargetColumn(p, place, 2);
            var c3 = TargetColumn(p, place, 3);
            var c4 = TargetColumn(p, place, 4);
            var c5 = TargetColumn(p, place, 5);
            Store(p, place, 0, bias, TargetLine(c0.E0, c1.E0, c2.E0, c3.E0, c4.E0, c5.E0));
            Store(p, place, 1, bias, TargetLine(c0.E1, c1.E1, c2.E1, c3.E1, c4.E1, c5.E1));
            Store(p, place, 2, bias, TargetLine(c0.E2, c1.E2, c2.E2, c3.E2, c4.E2, c5.E2));
            Store(p, place, 3, bias, TargetLine(c0.E3, c1.E3, c2.E3, c3.E3, c4.E3, c5.E3));
        }
    }

    internal static void TransformGradient(WinogradSource p)
    {
        var place = p.Find();
        if (place.IsInside)
        {
            var c0 = GradientColumn(p, place, 0);
            var c1 = GradientColumn(p, place, 1);
            var c2 = GradientColumn(p, place, 2);
            var c3 = GradientColumn(p, place, 3);
            Store(p, place, 0, GradientLine(c0.E0, c1.E0, c2.E0, c3.E0));
            Store(p, place, 6, GradientLine(c0.E1, c1.E1, c2.E1, c3.E1));
            Store(p, place, 12, GradientLine(c0.E2, c1.E2, c2.E2, c3.E2));
            Store(p, place, 18, GradientLine(c0.E3, c1.E3, c2.E3, c3.E3));
            Store(p, place, 24, GradientLine(c0.E4, c1.E4, c2.E4, c3.E4));
            Store(p, place, 30, GradientLine(c0.E5, c1.E5, c2.E5, c3.E5));
        }
    }

    internal static void TransformSums(WinogradWeightsParameters p)
    {
        var index = Grid.GlobalIndex.X;
        if (index < p.Length)
        {
            var c0 = SumsColumn(p, index, 0);
            var c1 = SumsColumn(p, index, 1);
            var c2 = SumsColumn(p, index, 2);
            var c3 = SumsColumn(p, index, 3);
            var c4 = SumsColumn(p, index, 4);
            var c5 = SumsColumn(p, index, 5);
            StoreTaps(p, index, 0, SumsLine(c0.E0, c1.E0, c2.E0, c3.E0, c4.E0, c5.E0));
            StoreTaps(p, index, 3, SumsLine(c0.E1, c1.E1, c2.E1, c3.E1, c4.E1, c5.E1));
            StoreTaps(p, index, 6, SumsLine(c0.E2, c1.E2, c2.E2, c3.E2, c4.E2, c5.E2));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Line6 SourceColumn(WinogradSource p, WinogradSource.Place place, int x) =>
        SourceLine(
            p.Read(place, 0, x),
            p.Read(place, 1, x),
            p.Read(place, 2, x),
            p.Read(place, 3, x),
            p.Read(place, 4, x),
            p.Read(place, 5, x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Line4 TargetColumn(WinogradTarget p, WinogradTarget.Place place, int x) =>
        TargetLine(
            p.Read(place, x),
            p.Read(place, 6 + x),
            p.Read(place, 12 + x),
            p.Read(place, 18 + x),
            p.Read(place, 24 + x),
            p.Read(place, 30 + x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Line6 GradientColumn(WinogradSource p, WinogradSource.Place place, int x) =>
        GradientLine(p.Read(place, 0, x), p.Read(place, 1, x), p.Read(place, 2, x), p.Read(place, 3, x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Line3 SumsColumn(WinogradWeightsParameters p, int index, int x) =>
        SumsLine(
            p.Sum(x, index),
            p.Sum(6 + x, index),
            p.Sum(12 + x, index),
            p.Sum(18 + x, index),
            p.Sum(24 + x, index),
            p.Sum(30 + x, index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Line6 WeightsLine(float g0, float g1, float g2)
    {
        var evenA = Winograd4.AtA * (g0 + (Winograd4.A2 * g2));
        var oddA = Winograd4.A * Winograd4.AtA * g1;
        var evenB = Winograd4.AtB * (g0 + (Winograd4.B2 * g2));
        var oddB = Winograd4.B * Winograd4.AtB * g1;
        Line6 line;
        line.E0 = Winograd4.AtZero * g0;
        line.E1 = evenA + oddA;
        line.E2 = evenA - oddA;
        line.E3 = evenB + oddB;
        line.E4 = evenB - oddB;
        line.E5 = g2;
        return line;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Line6 SourceLine(float d0, float d1, float d2, float d3, float d4, float d5)
    {
        const float Sum = Winograd4.A2 + Winograd4.B2;
        const float Product = Winograd4.A2 * Winograd4.B2;
        var evenA = d4 - (Winograd4.B2 * d2);
        var oddA = Winograd4.A * (d3 - (Winograd4.B2 * d1));
        var evenB = d4 - (Winograd4.A2 * d2);
        var oddB = Winograd4.B * (d3 - (Winograd4.A2 * d1));
        Line6 line;
        line.E0 = d4 - (Sum * d2) + (Product * d0);
        line.E1 = evenA + oddA;
        line.E2 = evenA - oddA;
        line.E3 = evenB + oddB;
        line.E4 = evenB - oddB;
        line.E5 = d5 - (Sum * d3) + (Product * d1);
        return line;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Line4 TargetLine(float s0, float s1, float s2, float s3, float s4, float s5)
    {
        var evenA = s1 + s2;
        var oddA = s1 - s2;
        var evenB = s3 + s4;
        var oddB = s3 - s4;
        Line4 line;
        line.E0 = s0 + evenA + evenB;
        line.E1 = (Winograd4.A * oddA) + (Winograd4.B * oddB);
        line.E2 = (Winograd4.A2 * evenA) + (Winograd4.B2 * evenB);
        line.E3 = s5 + (Winograd4.A2 * Winograd4.A * oddA) + (Winograd4.B2 * Winograd4.B * oddB);
        return line;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Line6 GradientLine(float y0, float y1, float y2, float y3)
    {
        var evenA = y0 + (Winograd4.A2 * y2);
        var oddA = Winograd4.A * (y1 + (Winograd4.A2 * y3));
        var evenB = y0 + (Winograd4.B2 * y2);
        var oddB = Winograd4.B * (y1 + (Winograd4.B2 * y3));
        Line6 line;
        line.E0 = y0;
        line.E1 = evenA + oddA;
        line.E2 = evenA - oddA;
        line.E3 = evenB + oddB;
        line.E4 = evenB - oddB;
        line.E5 = y3;
        return line;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Line3 SumsLine(float s0, float s1, float s2, float s3, float s4, float s5)
    {
        var evenA = Winograd4.AtA * (s1 + s2);
        var oddA = Winograd4.A * Winograd4.AtA * (s1 - s2);
        var evenB = Winograd4.AtB * (s3 + s4);
        var oddB = Winograd4.B * Winograd4.AtB * (s3 - s4);
        Line3 line;
        line.E0 = evenA + evenB + (Winograd4.AtZero * s0);
        line.E1 = oddA + oddB;
        line.E2 = s5 + (Winograd4.B2 * evenB) + (Winograd4.A2 * evenA);
        return line;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(WinogradWeightsParameters p, int index, int plane, Line6 line)
    {
        p.Store(plane, index, line.E0);
        p.Store(plane + 1, index, line.E1);
        p.Store(plane + 2, index, line.E2);
        p.Store(plane + 3, index, line.E3);
        p.Store(plane + 4, index, line.E4);
        p.Store(plane + 5, index, line.E5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(WinogradSource p, WinogradSource.Place place, int plane, Line6 line)
    {
        p.Store(place, plane, line.E0);
        p.Store(place, plane + 1, line.E1);
        p.Store(place, plane + 2, line.E2);
        p.Store(place, plane + 3, line.E3);
        p.Store(place, plane + 4, line.E4);
        p.Store(place, plane + 5, line.E5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(WinogradTarget p, WinogradTarget.Place place, int row, float bias, Line4 line)
    {
        p.Store(place, row, 0, line.E0 + bias);
        p.Store(place, row, 1, line.E1 + bias);
        p.Store(place, row, 2, line.E2 + bias);
        p.Store(place, row, 3, line.E3 + bias);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreTaps(WinogradWeightsParameters p, int index, int tap, Line3 line)
    {
        p.StoreTap(tap, index, line.E0);
        p.StoreTap(tap + 1, index, line.E1);
        p.StoreTap(tap + 2, index, line.E2);
    }
}
