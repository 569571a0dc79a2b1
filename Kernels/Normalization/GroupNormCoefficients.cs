using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>
/// SIMD, item i: image i. From the moments of its channels to the statistics of its groups, and to the three coefficients per channel
/// that <see cref="ChannelAffine{T, TFunction}"/> applies.
/// </summary>
internal readonly unsafe struct GroupNormCoefficients<T> : IWorkItem
    where T : unmanaged, ISimd<T>
{
    private readonly ChannelSplit split;
    private readonly int groups;
    private readonly int imageStride;
    private readonly float epsilon;
    private readonly float* input;
    private readonly float* weight;
    private readonly float* bias;
    private readonly float* scale;
    private readonly float* shift;
    private readonly float* mean;
    private readonly float* reciprocalDeviation;
    private readonly float* moments;
    private readonly float* coefficients;

    public GroupNormCoefficients(ChannelSplit split, in GroupNormArguments arguments, float* moments, float* coefficients)
    {
        this.split = split;
        this.moments = moments;
        this.coefficients = coefficients;
        groups = arguments.Groups;
        imageStride = arguments.ImageStride;
        epsilon = arguments.Epsilon;
        input = arguments.Input.Pointer();
        weight = arguments.Weight.Pointer();
        bias = arguments.Bias.Pointer();
        scale = arguments.Scale.Pointer();
        shift = arguments.Shift.Pointer();
        mean = arguments.Mean.Pointer();
        reciprocalDeviation = arguments.ReciprocalDeviation.Pointer();
    }

    [MethodImpl(HotLoop.Options)]
    public void Run(int image)
    {
        var means = moments + (2L * split.Channels * split.Count * image);
        ChannelMoments<T>.MergeParts(split, means);
        var reference = input + split.Start(image, 0);
        var width = split.Channels / groups;
        for (var group = 0; group < groups; group++)
        {
            var first = group * width;
            var (offset, deviations) = MergeChannels(means + first, reference + first, width);
            var count = (float)split.Rows * width;
            var reciprocal = 1f / MathF.Sqrt((deviations / count) + epsilon);

            // The mean as the sum of two floats: far from zero, one alone is off by up to half a unit of its last place.
            var center = reference[first] + offset;
            var rest = offset - (center - reference[first]);
            if (mean != null)
            {
                mean[(image * groups) + group] = center;
                reciprocalDeviation[(image * groups) + group] = reciprocal;
            }

            WriteCoefficients(image, first, width, center, rest, reciprocal);
        }
    }

    /// <summary>
    /// Mean of the channels of a group, as the offset from the reference of its first channel, and the sum of squared deviations: the
    /// channels' own and those of their means.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (float Offset, float Deviations) MergeChannels(float* means, float* reference, int width)
    {
        var origin = T.Create(reference[0]);
        var sum = T.Zero;
        var within = T.Zero;
        for (var c = 0; c < width; c += T.Width)
        {
            var lanes = Math.Min(T.Width, width - c);
            sum += T.LoadPartial(means + c, lanes) + (T.LoadPartial(reference + c, lanes, origin) - origin);
            within += T.LoadPartial(means + split.Channels + c, lanes);
        }

        var offset = T.Sum(sum) / width;
        var between = T.Zero;
        for (var c = 0; c < width; c += T.Width)
        {
            var lanes = Math.Min(T.Width, width - c);
            var difference = T.LoadPartial(means + c, lanes, T.Create(offset))
                + (T.LoadPartial(reference + c, lanes, origin) - origin) - T.Create(offset);
            between = T.MultiplyAdd(difference, difference, between);
        }

        return (offset, T.Sum(within) + (split.Rows * T.Sum(between)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void WriteCoefficients(int image, int first, int width, float center, float rest, float reciprocal)
    {
        var centers = coefficients + (3L * split.Channels * image);
        var factors = centers + split.Channels;
        var offsets = factors + split.Channels;
        for (var c = first; c < first + width; c += T.Width)
        {
            var lanes = Math.Min(T.Width, first + width - c);
            var factor = T.Create(reciprocal);
            if (weight != null)
            {
                factor *= T.LoadPartial(weight + c, lanes);
            }

            var offset = T.Create(-rest) * factor;
            if (bias != null)
            {
                offset += T.LoadPartial(bias + c, lanes);
            }

            if (scale != null)
            {
                var row = (long)image * imageStride;
                var gain = T.LoadPartial(scale + row + c, lanes) + T.Create(1f);
                offset = T.MultiplyAdd(offset, gain, T.LoadPartial(shift + row + c, lanes));
                factor *= gain;
            }

            T.StorePartial(T.Create(center), centers + c, lanes);
            T.StorePartial(factor, factors + c, lanes);
            T.StorePartial(offset, offsets + c, lanes);
        }
    }
}
