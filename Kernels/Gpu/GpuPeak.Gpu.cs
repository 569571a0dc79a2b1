using ILGPU;

namespace KernelDiff.Kernels.Gpu;

/// <summary>What an accelerator reaches when nothing but one resource limits it.</summary>
internal static class GpuPeak
{
    private const int Chains = 8;

    // A launch then takes about a millisecond, on a GPU as on a few cores, so that launching it does not count.
    private const int StepsOnGpu = 2048;
    private const int StepsOnCpu = 16384;

    private static readonly GpuKernel<ChainParameters> ChainKernel = new(Chain);
    private static readonly GpuKernel<ScaleParameters> ScaleKernel = new(Scale);

    /// <summary>Every kernel that is launched here; none is an operation, so the registry does not list them.</summary>
    public static IReadOnlyList<GpuKernel> Kernels => [ChainKernel, ScaleKernel];

    /// <summary>Launches chains of multiply-adds that live in registers: 128 per thread, in lanes that a CPU's compiler turns into vectors.</summary>
    /// <returns>Floating-point operations that are executed.</returns>
    public static long MultiplyAdd(GpuDevice device)
    {
        var (group, steps) = device.Class == DeviceClass.Gpu ? (128, StepsOnGpu) : (1, StepsOnCpu);
        var groups = device.Description.ComputeUnits * 16;
        var threads = group * groups;
        using var values = device.Rent<float>(threads * Lanes16.Width);
        values.Span.Clear();
        device.Launch(ChainKernel, new Index3D(groups, 1, 1), new Index3D(group, 1, 1), new ChainParameters
        {
            Values = device.View(values.Span),
            Steps = steps,
            Factor = 0.5f,
            Offset = 0.5f,
        });
        return 2L * Lanes16.Width * Chains * steps * threads;
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
        var index = (int)Grid.GlobalLinearIndex * Lanes16.Width;
        var factor = Lanes16.Fill(p.Factor);
        var offset = Lanes16.Fill(p.Offset);

        // Lanes start at what memory holds and chains apart from one another, or the compiler would keep one of them.
        var a = Lanes16.Load(p.Values, index);
        var b = a + offset;
        var c = b + offset;
        var d = c + offset;
        var e = d + offset;
        var f = e + offset;
        var g = f + offset;
        var h = g + offset;
        for (var step = 0; step < p.Steps; step++)
        {
            a = (a * factor) + offset;
            b = (b * factor) + offset;
            c = (c * factor) + offset;
            d = (d * factor) + offset;
            e = (e * factor) + offset;
            f = (f * factor) + offset;
            g = (g * factor) + offset;
            h = (h * factor) + offset;
        }

        (a + b + c + d + (e + f + g + h)).Store(p.Values, index);
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
        public ArrayView<float> Values;
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
}
