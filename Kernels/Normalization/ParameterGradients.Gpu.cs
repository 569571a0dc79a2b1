using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>GPU: adds the parts of the gradients of bias and weight. Eight threads for a channel, then a tree.</summary>
internal static class ParameterGradientsKernels
{
    private const int GroupWidth = 32;
    private const int GroupHeight = 8;

    public static readonly GpuKernel<Parameters> Kernel = new(Sum);

    /// <param name="device">Where to run.</param>
    /// <param name="count">Number of parts.</param>
    /// <param name="channels">Of each part.</param>
    /// <param name="parts">[count][bias, weight][channels].</param>
    /// <param name="weightGradient">[channels] or absent.</param>
    /// <param name="biasGradient">[channels] or absent.</param>
    /// <param name="accumulate">Whether to add to the gradients.</param>
    public static void Launch(
        GpuDevice device,
        int count,
        int channels,
        DeviceSpan<float> parts,
        DeviceSpan<float> weightGradient,
        DeviceSpan<float> biasGradient,
        bool accumulate)
    {
        if (weightGradient.IsAbsent && biasGradient.IsAbsent)
        {
            return;
        }

        var grid = new Index3D((channels + GroupWidth - 1) / GroupWidth, 1, 1);
        device.Launch(Kernel, grid, new Index3D(GroupWidth, GroupHeight, 1), new Parameters
        {
            Parts = device.View(parts),
            WeightGradient = device.View(weightGradient),
            BiasGradient = device.View(biasGradient),
            HasWeight = weightGradient.IsAbsent ? 0 : 1,
            HasBias = biasGradient.IsAbsent ? 0 : 1,
            Accumulate = accumulate ? 1 : 0,
            Count = count,
            Channels = channels,
        });
    }

    internal static void Sum(Parameters p)
    {
        var biases = SharedMemory.Allocate<float>(GroupWidth * GroupHeight);
        var weights = SharedMemory.Allocate<float>(GroupWidth * GroupHeight);
        var channel = (Grid.IdxX * GroupWidth) + Group.IdxX;
        var bias = 0f;
        var weight = 0f;
        if (channel < p.Channels)
        {
            for (var part = Group.IdxY; part < p.Count; part += GroupHeight)
            {
                var at = (part * 2 * p.Channels) + channel;
                bias += p.Parts[at];
                weight += p.Parts[at + p.Channels];
            }
        }

        var own = (Group.IdxY * GroupWidth) + Group.IdxX;
        biases[own] = bias;
        weights[own] = weight;
        Group.Barrier();
        for (var stride = GroupHeight / 2; stride > 0; stride /= 2)
        {
            if (Group.IdxY < stride)
            {
                biases[own] += biases[own + (stride * GroupWidth)];
                weights[own] += weights[own + (stride * GroupWidth)];
            }

            Group.Barrier();
        }

        if (Group.IdxY == 0 && channel < p.Channels)
        {
            if (p.HasBias != 0)
            {
                p.BiasGradient[channel] = p.Accumulate != 0 ? p.BiasGradient[channel] + biases[own] : biases[own];
            }

            if (p.HasWeight != 0)
            {
                p.WeightGradient[channel] = p.Accumulate != 0 ? p.WeightGradient[channel] + weights[own] : weights[own];
            }
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Parts;
        public ArrayView<float> WeightGradient;
        public ArrayView<float> BiasGradient;
        public int HasWeight;
        public int HasBias;
        public int Accumulate;
        public int Count;
        public int Channels;
    }
}
