using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Losses;

/// <summary>From the sums of a sample's parts to the sample's loss, and from those to the loss: one group each, a tree each.</summary>
internal static class LossReduction
{
    private const int GroupSize = 128;

    public static readonly GpuKernel<SampleParameters> SampleKernel = new(Sample);
    public static readonly GpuKernel<MeanParameters> MeanKernel = new(Mean);

    /// <param name="device">Where to launch.</param>
    /// <param name="sums">[samples][parts], or [samples][2][parts] where the sums of losses are followed by those of weights.</param>
    /// <param name="weightSums">[samples], or absent where there are no weights.</param>
    /// <param name="sampleLosses">[samples].</param>
    /// <param name="samples">Groups of parts.</param>
    /// <param name="parts">Parts of one sample.</param>
    /// <param name="divisor">What a sample's sum is divided by where there are no weights.</param>
    public static void LaunchSamples(
        GpuDevice device,
        DeviceSpan<float> sums,
        DeviceSpan<float> weightSums,
        DeviceSpan<float> sampleLosses,
        int samples,
        int parts,
        float divisor) =>
        device.Launch(SampleKernel, new Index3D(samples, 1, 1), new Index3D(GroupSize, 1, 1), new SampleParameters
        {
            Sums = device.View(sums),
            WeightSums = device.View(weightSums),
            SampleLosses = device.View(sampleLosses),
            HasWeights = weightSums.IsAbsent ? 0 : 1,
            Parts = parts,
            Divisor = divisor,
        });

    public static void LaunchMean(
        GpuDevice device, DeviceSpan<float> sampleLosses, DeviceSpan<float> weights, DeviceSpan<float> loss, int samples) =>
        device.Launch(MeanKernel, new Index3D(1, 1, 1), new Index3D(GroupSize, 1, 1), new MeanParameters
        {
            SampleLosses = device.View(sampleLosses),
            Weights = device.View(weights),
            Loss = device.View(loss),
            IsWeighted = weights.IsAbsent ? 0 : 1,
            Samples = samples,
        });

    internal static void Sample(SampleParameters p)
    {
        var losses = SharedMemory.Allocate<float>(GroupSize);
        var weights = SharedMemory.Allocate<float>(GroupSize);
        var thread = Group.IdxX;
        var sample = Grid.IdxX;
        var first = sample * p.Parts * (1 + p.HasWeights);
        var loss = 0f;
        var weight = 0f;
        for (var i = thread; i < p.Parts; i += GroupSize)
        {
            loss += p.Sums[first + i];
            if (p.HasWeights != 0)
            {
                weight += p.Sums[first + p.Parts + i];
            }
        }

        losses[thread] = loss;
        weights[thread] = weight;
        Group.Barrier();
        for (var stride = GroupSize / 2; stride > 0; stride /= 2)
        {
            if (thread < stride)
            {
                losses[thread] += losses[thread + stride];
                weights[thread] += weights[thread + stride];
            }

            Group.Barrier();
        }

        if (thread == 0)
        {
            var divisor = p.Divisor;
            if (p.HasWeights != 0)
            {
                p.WeightSums[sample] = weights[0];
                divisor = weights[0] == 0f ? 1f : weights[0];
            }

            p.SampleLosses[sample] = losses[0] / divisor;
        }
    }

    internal static void Mean(MeanParameters p)
    {
        var sums = SharedMemory.Allocate<float>(GroupSize);
        var thread = Group.IdxX;
        var sum = 0f;
        for (var i = thread; i < p.Samples; i += GroupSize)
        {
            var weight = 1f;
            if (p.IsWeighted != 0)
            {
                weight = p.Weights[i];
            }

            sum += weight * p.SampleLosses[i];
        }

        sums[thread] = sum;
        Group.Barrier();
        for (var stride = GroupSize / 2; stride > 0; stride /= 2)
        {
            if (thread < stride)
            {
                sums[thread] += sums[thread + stride];
            }

            Group.Barrier();
        }

        if (thread == 0)
        {
            p.Loss[0] = sums[0] / p.Samples;
        }
    }

    internal struct SampleParameters
    {
        public ArrayView<float> Sums;
        public ArrayView<float> WeightSums;
        public ArrayView<float> SampleLosses;
        public int HasWeights;
        public int Parts;
        public float Divisor;
    }

    internal struct MeanParameters
    {
        public ArrayView<float> SampleLosses;
        public ArrayView<float> Weights;
        public ArrayView<float> Loss;
        public int IsWeighted;
        public int Samples;
    }
}
