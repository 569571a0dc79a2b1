using System.Runtime.CompilerServices;
using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>GPU: F(2 x 2, 3 x 3), with the points and formulas of <see cref="Winograd2"/>.</summary>
internal readonly struct Winograd2Kernels : IWinogradKernels
{
    public static int Tile => 2;

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
            Store(p, index, 4, WeightsLine(a.E1, b.E1, c.E1));
            Store(p, index, 8, WeightsLine(a.E2, b.E2, c.E2));
            Store(p, index, 12, WeightsLine(a.E3, b.E3, c.E3));
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
            Store(p, place, 0, SourceLine(c0.E0, c1.E0, c2.E0, c3.E0));
            Store(p, place, 4, SourceLine(c0.E1, c1.E1, c2.E1, c3.E1));
            Store(p, place, 8, SourceLine(c0.E2, c1.E2, c2.E2, c3.E2));
            Store(p, place, 12, SourceLine(c0.E3, c1.E3, c2.E3, c3.E3));
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
            Store(p, place, 0, bias, TargetLine(c0.E0, c1.E0, c2.E0, c3.E0));
            Store(p, place, 1, bias, TargetLine(c0.E1, c1.E1, c2.E1, c3.E1));
        }
    }

    internal static void TransformGradient(WinogradSource p)
    {
        var place = p.Find();
        if (place.IsInside)
        {
            var c0 = GradientColumn(p, place, 0);
            var c1 = GradientColumn(p, place, 1);
            Store(p, place, 0, GradientLine(c0.E0, c1.E0));
            Store(p, place, 4, GradientLine(c0.E1, c1.E1));
            Store(p, place, 8, GradientLine(c0.E2, c1.E2));
            Store(p, place, 12, GradientLine(c0.E3, c1.E3));
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
            StoreTaps(p, index, 0, SumsLine(c0.E0, c1.E0, c2.E0, c3.E0));
            StoreTaps(p, index, 3, SumsLine(c0.E1, c1.E1, c2.E1, c3.E1));
            StoreTaps(p, index, 6, SumsLine(c0.E2, c1.E2, c2.E2, c3.E2));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Line4 SourceColumn(WinogradSource p, WinogradSource.Place place, int x) =>
        SourceLine(p.Read(place, 0, x), p.Read(place, 1, x), p.Read(place, 2, x), p.Read(place, 3, x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Line2 TargetColumn(WinogradTarget p, WinogradTarget.Place place, int x) =>
        TargetLine(p.Read(place, x), p.Read(place, 4 + x), p.Read(place, 8 + x), p.Read(place, 12 + x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Line4 GradientColumn(WinogradSource p, WinogradSource.Place place, int x) =>
        GradientLine(p.Read(place, 0, x), p.Read(place, 1, x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Line3 SumsColumn(WinogradWeightsParameters p, int index, int x) =>
        SumsLine(p.Sum(x, index), p.Sum(4 + x, index), p.Sum(8 + x, index), p.Sum(12 + x, index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Line4 WeightsLine(float g0, float g1, float g2)
    {
        var even = 0.5f * (g0 + g2);
        var odd = 0.5f * g1;
        Line4 line;
        line.E0 = g0;
        line.E1 = even + odd;
        line.E2 = even - odd;
        line.E3 = g2;
        return line;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Line4 SourceLine(float d0, float d1, float d2, float d3)
    {
        Line4 line;
        line.E0 = d0 - d2;
        line.E1 = d1 + d2;
        line.E2 = d2 - d1;
        line.E3 = d3 - d1;
        return line;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Line2 TargetLine(float s0, float s1, float s2, float s3)
    {
        Line2 line;
        line.E0 = s0 + (s1 + s2);
        line.E1 = s1 - s2 + s3;
        return line;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Line4 GradientLine(float y0, float y1)
    {
        Line4 line;
        line.E0 = y0;
        line.E1 = y0 + y1;
        line.E2 = y0 - y1;
        line.E3 = y1;
        return line;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Line3 SumsLine(float s0, float s1, float s2, float s3)
    {
        var even = 0.5f * (s1 + s2);
        Line3 line;
        line.E0 = s0 + even;
        line.E1 = 0.5f * (s1 - s2);
        line.E2 = even + s3;
        return line;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(WinogradWeightsParameters p, int index, int plane, Line4 line)
    {
        p.Store(plane, index, line.E0);
        p.Store(plane + 1, index, line.E1);
        p.Store(plane + 2, index, line.E2);
        p.Store(plane + 3, index, line.E3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(WinogradSource p, WinogradSource.Place place, int plane, Line4 line)
    {
        p.Store(place, plane, line.E0);
        p.Store(place, plane + 1, line.E1);
        p.Store(place, plane + 2, line.E2);
        p.Store(place, plane + 3, line.E3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(WinogradTarget p, WinogradTarget.Place place, int row, float bias, Line2 line)
    {
        p.Store(place, row, 0, line.E0 + bias);
        p.Store(place, row, 1, line.E1 + bias);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreTaps(WinogradWeightsParameters p, int index, int tap, Line3 line)
    {
        p.StoreTap(tap, index, line.E0);
        p.StoreTap(tap + 1, index, line.E1);
        p.StoreTap(tap + 2, index, line.E2);
    }
}
