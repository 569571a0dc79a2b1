using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>GPU: adds the images' parts of the gradients of bias and weight, in their order. One thread per channel.</summary>
internal static class ParameterGradientsKernels
{
    public static readonly GpuKernel<Parameters> Kernel = new(Sum);

    /// <param name="device">Where to run.</param>
    /// <param name="batch">Images.</param>
    /// <param name="channels">Of each image.</param>
    /// <param name="parts">[batch][bias, weight][channels].</param>
    /// <param name="weightGradient">[channels] or absent.</param>
    /// <param name="biasGradient">[channels] or absent.</param>
    /// <param name="accumulate">Whether to add to the gradients.</param>
    public static void Launch(
        GpuDevice device,
        int batch,
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

        device.LaunchElementwise(Kernel, channels, new Parameters
        {
            Parts = device.View(parts),
            WeightGradient = device.View(weightGradient),
            BiasGradient = device.View(biasGradient),
            HasWeight = weightGradient.IsAbsent ? 0 : 1,
            HasBias = biasGradient.IsAbsent ? 0 : 1,
            Accumulate = accumulate ? 1 : 0,
            Batch = batch,
            Channels = channels,
        });
    }

    internal static void Sum(Parameters p)
    {
        var channel = Grid.GlobalIndex.X;
        if (channel < p.Channels)
        {
            var bias = 0f;
            var weight = 0f;
            for (var image = 0; image < p.Batch; image++)
            {
                var at = (image * 2 * p.Channels) + channel;
                bias += p.Parts[at];
                weight += p.Parts[at + p.Channels];
            }

            if (p.HasBias != 0)
            {
                p.BiasGradient[channel] = p.Accumulate != 0 ? p.BiasGradient[channel] + bias : bias;
            }

            if (p.HasWeight != 0)
            {
                p.WeightGradient[channel] = p.Accumulate != 0 ? p.WeightGradient[channel] + weight : weight;
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
        public int Batch;
        public int Channels;
    }
}
