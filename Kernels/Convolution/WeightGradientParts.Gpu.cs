using ILGPU;
using ILGPU.Runtime;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Adds the parts of a weight gradient that were summed apart, in their order. A group takes some consecutive elements.</summary>
internal static class WeightGradientParts
{
    // Elements of a group: they stay in the first-level cache of a CPU while the parts pass by.
    private const int GroupElements = 1024;

    private static readonly GpuKernel<Parameters> Kernel = new(Combine);

    public static GpuKernel[] Kernels => [Kernel];

    /// <param name="device">Where.</param>
    /// <param name="parts">Number of parts; with one there is nothing to do, because it is the gradient.</param>
    /// <param name="sums">[parts][elements of the gradient].</param>
    /// <param name="operands">Where the sums go.</param>
    /// <param name="threads">Threads of a group.</param>
    public static void Launch(GpuDevice device, int parts, DeviceSpan<float> sums, in WeightGradientOperands operands, int threads)
    {
        if (parts > 1)
        {
            var length = operands.Gradient.Length;
            device.Launch(
                Kernel,
                new Index3D((length + GroupElements - 1) / GroupElements, 1, 1),
                new Index3D(threads, 1, 1),
                new Parameters
                {
                    Sums = device.View(sums),
                    Gradient = device.View(operands.Gradient),
                    Length = length,
                    Parts = parts,
                    Accumulate = operands.Accumulate ? 1 : 0,
                });
        }
    }

    internal static void Combine(Parameters p)
    {
        var first = Grid.IdxX * GroupElements;
        var last = IntrinsicMath.Min(first + GroupElements, p.Length);
        if (p.Accumulate == 0)
        {
            for (var i = first + Group.IdxX; i < last; i += Group.DimX)
            {
                p.Gradient[i] = p.Sums[i];
            }
        }

        for (var part = 1 - p.Accumulate; part < p.Parts; part++)
        {
            for (var i = first + Group.IdxX; i < last; i += Group.DimX)
            {
                p.Gradient[i] += p.Sums[(part * p.Length) + i];
            }
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Sums;
        public ArrayView<float> Gradient;
        public int Length;
        public int Parts;
        public int Accumulate;
    }
}
