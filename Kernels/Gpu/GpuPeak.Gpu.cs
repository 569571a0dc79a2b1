using System.Runtime.CompilerServices;
using ILGPU;

namespace KernelDiff.Kernels.Gpu;

/// <summary>What an accelerator reaches when nothing but one resource limits it.</summary>
internal static class GpuPeak
{
    private const int Lanes = 16;
    private const int Rows = 8;

    // A launch then takes about a millisecond, on a GPU as on a few cores, so that launching it does not count.
    private const int StepsOnGpu = 2048;
    private const int StepsOnCpu = 16384;

    private static readonly GpuKernel<ChainParameters> ChainKernel = new(Chain);
    private static readonly GpuKernel<ScaleParameters> ScaleKernel = new(Scale);

    /// <summary>Launches chains of multiply-adds that live in registers: 128 per thread, in rows that a CPU's compiler turns into vectors.</summary>
    /// <returns>Floating-point operations that are executed.</returns>
    public static long MultiplyAdd(GpuDevice device)
    {
        var (group, steps) = device.Class == DeviceClass.Gpu ? (128, StepsOnGpu) : (1, StepsOnCpu);
        var groups = device.Description.ComputeUnits * 16;
        var threads = group * groups;
        using var sums = device.Rent<float>(threads * Lanes);
        device.Launch(ChainKernel, new Index3D(groups, 1, 1), new Index3D(group, 1, 1), new ChainParameters
        {
            Sums = device.View(sums.Span),
            Steps = steps,
            Factor = 0.5f,
            Offset = 0.5f,
        });
        return 2L * Lanes * Rows * steps * threads;
    }

    /// <summary>destination[i] = 0.5 · source[i].</summary>
    public static void Scale(GpuDevice device, DeviceSpan<float> source, DeviceSpan<float> destination) =>
        device.LaunchElementwise(ScaleKernel, source.Length, new ScaleParameters
        {
            Source = device.View(source),
            Destination = device.View(destination),
            Length = source.Length,
            Factor = 0.5f,
        });

    internal static void Chain(ChainParameters p)
    {
        var thread = (int)Grid.GlobalLinearIndex;

        // All chains differ, or the compiler would keep one of them.
        var a = new Row(thread, p.Offset);
        var b = new Row(thread + 1, p.Offset);
        var c = new Row(thread + 2, p.Offset);
        var d = new Row(thread + 3, p.Offset);
        var e = new Row(thread + 4, p.Offset);
        var f = new Row(thread + 5, p.Offset);
        var g = new Row(thread + 6, p.Offset);
        var h = new Row(thread + 7, p.Offset);
        for (var step = 0; step < p.Steps; step++)
        {
            a.Step(p.Factor, p.Offset);
            b.Step(p.Factor, p.Offset);
            c.Step(p.Factor, p.Offset);
            d.Step(p.Factor, p.Offset);
            e.Step(p.Factor, p.Offset);
            f.Step(p.Factor, p.Offset);
            g.Step(p.Factor, p.Offset);
            h.Step(p.Factor, p.Offset);
        }

        a.Add(b);
        c.Add(d);
        e.Add(f);
        g.Add(h);
        a.Add(c);
        e.Add(g);
        a.Add(e);
        a.Store(p.Sums, thread * Lanes);
    }

    internal static void Scale(ScaleParameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            p.Destination[i] = p.Factor * p.Source[i];
        }
    }

    internal struct ChainParameters
    {
        public ArrayView<float> Sums;
        public int Steps;
        public float Factor;
        public float Offset;
    }

    internal struct ScaleParameters
    {
        public ArrayView<float> Source;
        public ArrayView<float> Destination;
        public int Length;
        public float Factor;
    }

    /// <summary>Sixteen registers, or one vector register of a CPU. ILGPU does not unroll loops over arrays, hence the names.</summary>
    private struct Row
    {
        private float x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Row(float start, float step)
        {
            x0 = start;
            x1 = start + step;
            x2 = start + (2 * step);
            x3 = start + (3 * step);
            x4 = start + (4 * step);
            x5 = start + (5 * step);
            x6 = start + (6 * step);
            x7 = start + (7 * step);
            x8 = start + (8 * step);
            x9 = start + (9 * step);
            x10 = start + (10 * step);
            x11 = start + (11 * step);
            x12 = start + (12 * step);
            x13 = start + (13 * step);
            x14 = start + (14 * step);
            x15 = start + (15 * step);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Step(float factor, float offset)
        {
            x0 = (x0 * factor) + offset;
            x1 = (x1 * factor) + offset;
            x2 = (x2 * factor) + offset;
            x3 = (x3 * factor) + offset;
            x4 = (x4 * factor) + offset;
            x5 = (x5 * factor) + offset;
            x6 = (x6 * factor) + offset;
            x7 = (x7 * factor) + offset;
            x8 = (x8 * factor) + offset;
            x9 = (x9 * factor) + offset;
            x10 = (x10 * factor) + offset;
            x11 = (x11 * factor) + offset;
            x12 = (x12 * factor) + offset;
            x13 = (x13 * factor) + offset;
            x14 = (x14 * factor) + offset;
            x15 = (x15 * factor) + offset;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(Row other)
        {
            x0 += other.x0;
            x1 += other.x1;
            x2 += other.x2;
            x3 += other.x3;
            x4 += other.x4;
            x5 += other.x5;
            x6 += other.x6;
            x7 += other.x7;
            x8 += other.x8;
            x9 += other.x9;
            x10 += other.x10;
            x11 += other.x11;
            x12 += other.x12;
            x13 += other.x13;
            x14 += other.x14;
            x15 += other.x15;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Store(ArrayView<float> destination, int index)
        {
            destination[index] = x0;
            destination[index + 1] = x1;
            destination[index + 2] = x2;
            destination[index + 3] = x3;
            destination[index + 4] = x4;
            destination[index + 5] = x5;
            destination[index + 6] = x6;
            destination[index + 7] = x7;
            destination[index + 8] = x8;
            destination[index + 9] = x9;
            destination[index + 10] = x10;
            destination[index + 11] = x11;
            destination[index + 12] = x12;
            destination[index + 13] = x13;
            destination[index + 14] = x14;
            destination[index + 15] = x15;
        }
    }
}
