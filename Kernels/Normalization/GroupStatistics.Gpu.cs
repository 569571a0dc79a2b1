using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>
/// GPU: from the moments of channels to the statistics of groups of channels and the coefficients per channel; also keeps the running
/// statistics of batch normalisation, whose groups are single channels.
/// </summary>
internal static class GroupStatisticsKernels
{
    private const int MaximumGroupSize = 256;

    public static readonly GpuKernel<Parameters> Kernel = new(Statistics);

    /// <summary>One group of threads per image and group of channels; a single thread where <paramref name="wide"/> is set.</summary>
    public static void Launch(GpuDevice device, bool wide, int batch, ChannelSplit split, in Parameters parameters)
    {
        var moments = (long)split.Count * (split.Channels / parameters.Groups);
        var size = 1;
        while (!wide && size < moments && size < MaximumGroupSize)
        {
            size *= 2;
        }

        device.Launch(Kernel, new Index3D(parameters.Groups, batch, 1), new Index3D(size, 1, 1), parameters);
    }

    internal static void Statistics(Parameters p)
    {
        var counts = SharedMemory.Allocate<float>(MaximumGroupSize);
        var means = SharedMemory.Allocate<float>(MaximumGroupSize);
        var deviations = SharedMemory.Allocate<float>(MaximumGroupSize);
        var thread = Group.IdxX;
        var width = p.Channels / p.Groups;
        var first = Grid.IdxX * width;
        var image = Grid.IdxY;
        var reference = image * p.Rows * p.Channels;
        var origin = p.Input[reference + first];
        var total = default(Moments);
        for (var i = thread; i < p.Parts * width; i += Group.DimX)
        {
            var part = i / width;
            var channel = first + i - (part * width);
            var rest = p.Rows - (part * p.RowsPerPart);
            var at = (((image * p.Parts) + part) * 2 * p.Channels) + channel;
            var next = default(Moments);
            next.Count = rest < p.RowsPerPart ? rest : p.RowsPerPart;
            next.Mean = p.Input[reference + channel] - origin + p.Moments[at];
            next.Deviations = p.Moments[at + p.Channels];
            total.Merge(next);
        }

        counts[thread] = total.Count;
        means[thread] = total.Mean;
        deviations[thread] = total.Deviations;
        Group.Barrier();
        for (var stride = Group.DimX / 2; stride > 0; stride /= 2)
        {
            if (thread < stride)
            {
                var next = default(Moments);
                next.Count = counts[thread + stride];
                next.Mean = means[thread + stride];
                next.Deviations = deviations[thread + stride];
                total.Merge(next);
                counts[thread] = total.Count;
                means[thread] = total.Mean;
                deviations[thread] = total.Deviations;
            }

            Group.Barrier();
        }

        var variance = deviations[0] / counts[0];
        var reciprocal = 1f / XMath.Sqrt(variance + p.Epsilon);

        // The mean as the sum of two floats: far from zero, one alone is off by up to half a unit of its last place.
        var center = origin + means[0];
        var remainder = means[0] - (center - origin);
        if (thread == 0)
        {
            if (p.HasStatistics != 0)
            {
                p.Mean[(image * p.Groups) + Grid.IdxX] = center;
                p.ReciprocalDeviation[(image * p.Groups) + Grid.IdxX] = reciprocal;
            }

            if (p.HasRunning != 0)
            {
                var unbiased = deviations[0] / (counts[0] - 1f);
                p.RunningMean[first] += p.Momentum * (center - p.RunningMean[first]);
                p.RunningVariance[first] += p.Momentum * (unbiased - p.RunningVariance[first]);
            }
        }

        for (var channel = first + thread; channel < first + width; channel += Group.DimX)
        {
            var factor = p.Affine.Factor(image, channel);
            var coefficient = (image * 3 * p.Channels) + channel;
            p.Coefficients[coefficient] = center;
            p.Coefficients[coefficient + p.Channels] = reciprocal * factor;
            p.Coefficients[coefficient + (2 * p.Channels)] =
                p.Affine.Offset(image, channel) - (remainder * reciprocal * factor);
        }
    }

    /// <summary>Count, mean and sum of squared deviations of some values.</summary>
    private struct Moments
    {
        public float Count;
        public float Mean;
        public float Deviations;

        /// <summary>Chan, Golub and LeVeque (1979).</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Merge(Moments other)
        {
            if (other.Count > 0f)
            {
                var count = Count + other.Count;
                var part = other.Count / count;
                var difference = other.Mean - Mean;
                Mean += difference * part;
                Deviations += other.Deviations + (difference * difference * Count * part);
                Count = count;
            }
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Input;
        public ArrayView<float> Moments;
        public AffineOperands Affine;
        public ArrayView<float> Mean;
        public ArrayView<float> ReciprocalDeviation;
        public ArrayView<float> RunningMean;
        public ArrayView<float> RunningVariance;
        public ArrayView<float> Coefficients;
        public int HasStatistics;
        public int HasRunning;
        public int Rows;
        public int Channels;
        public int Groups;
        public int RowsPerPart;
        public int Parts;
        public float Epsilon;
        public float Momentum;
    }
}
