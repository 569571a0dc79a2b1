using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>
/// SIMD, item i: image i. From the sums of its parts to the coefficients of its input gradient, to the gradients of its scale and shift, and
/// to its part of the gradients of weight and bias, which take the place of the sums.
/// </summary>
/// <remarks>
/// With n the normalised input, e = weight · (1 + scale) and averages over a group, inputGradient = r · (e · g - avg(e · g) -
/// n · avg(e · g · n)), where r = 1 / deviation and n = r · (input - mean).
/// </remarks>
internal readonly unsafe struct GroupNormGradientCoefficients<T> : IWorkItem
    where T : unmanaged, ISimd<T>
{
    private readonly ChannelSplit split;
    private readonly int groups;
    private readonly int imageStride;
    private readonly float* weight;
    private readonly float* bias;
    private readonly float* scale;
    private readonly float* shift;
    private readonly float* mean;
    private readonly float* reciprocalDeviation;
    private readonly float* scaleGradient;
    private readonly float* shiftGradient;
    private readonly float* sums;
    private readonly float* coefficients;

    public GroupNormGradientCoefficients(
        ChannelSplit split, in GroupNormBackwardArguments arguments, float* sums, float* coefficients)
    {
        this.split = split;
        this.sums = sums;
        this.coefficients = coefficients;
        groups = arguments.Groups;
        imageStride = arguments.ImageStride;
        weight = arguments.Weight.Pointer();
        bias = arguments.Bias.Pointer();
        scale = arguments.Scale.Pointer();
        shift = arguments.Shift.Pointer();
        mean = arguments.Mean.Pointer();
        reciprocalDeviation = arguments.ReciprocalDeviation.Pointer();
        scaleGradient = arguments.ScaleGradient.Pointer();
        shiftGradient = arguments.ShiftGradient.Pointer();
    }

    public void Run(int image)
    {
        var imageSums = sums + ((long)ChannelGradientSums.Count * split.Channels * split.Count * image);
        ChannelGradientSums.AddParts<T>(split, imageSums);
        for (var group = 0; group < groups; group++)
        {
            Group(image, group, imageSums);
        }
    }

    [MethodImpl(HotLoop.Options)]
    private void Group(int image, int group, float* imageSums)
    {
        var channels = split.Channels;
        var width = channels / groups;
        var first = group * width;
        var reciprocal = reciprocalDeviation[(image * groups) + group];
        var gain = coefficients + (((ChannelGradient.Coefficients * (long)image) + 3) * channels);
        for (var c = first; c < first + width; c += T.Width)
        {
            var lanes = Math.Min(T.Width, first + width - c);
            T.StorePartial(Effective(image, c, lanes) * T.Create(reciprocal), gain + c, lanes);
        }

        var (offset, slope, constant) = InputGradient(gain + first, imageSums + first, width, reciprocal);
        var rest = (float)(constant - (float)constant);
        for (var c = first; c < first + width; c += T.Width)
        {
            var lanes = Math.Min(T.Width, first + width - c);
            T.StorePartial(T.Create(slope), gain + channels + c, lanes);
            T.StorePartial(T.Create((float)constant), gain + (2 * channels) + c, lanes);
            T.StorePartial(T.Create(rest), gain + (3 * channels) + c, lanes);
            Parameters(image, c, lanes, imageSums, T.Create(offset), T.Create(reciprocal));
        }
    }

    /// <summary>
    /// Slope and constant of the gradient r · (e · g - avg(e · g) - n · avg(e · g · n)), such that it sums to zero over the group, and
    /// the mean's offset from the center, which is the mean rounded to fp32.
    /// </summary>
    [MethodImpl(HotLoop.Options)]
    private (float Offset, float Slope, double Constant) InputGradient(float* gain, float* groupSums, int width, float reciprocal)
    {
        var moments = groupSums + split.Channels;
        var rests = moments + split.Channels;
        var offsets = rests + split.Channels;
        var count = (double)split.Rows * width;
        var (sum, product, offset) = (0.0, 0.0, 0.0);
        for (var c = 0; c < width; c++)
        {
            sum += gain[c] * ((double)groupSums[c] + rests[c]);
            product += (double)gain[c] * moments[c];
            offset += offsets[c];
        }

        offset /= count;
        var slope = (float)(-(double)reciprocal * reciprocal * (product - (offset * sum)) / count);
        return ((float)offset, slope, -(sum / count) - (slope * offset));
    }

    /// <summary>weight · (1 + scale).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T Effective(int image, int c, int lanes)
    {
        var result = weight == null ? T.Create(1f) : T.LoadPartial(weight + c, lanes);
        return scale == null ? result : result * Gain(image, c, lanes);
    }

    /// <summary>1 + scale.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T Gain(int image, int c, int lanes) => T.LoadPartial(scale + ((long)image * imageStride) + c, lanes) + T.Create(1f);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Parameters(int image, int c, int lanes, float* imageSums, T offset, T reciprocal)
    {
        var sum = T.LoadPartial(imageSums + c, lanes) + T.LoadPartial(imageSums + (2 * split.Channels) + c, lanes);
        var normalised = T.NegatedMultiplyAdd(offset, sum, T.LoadPartial(imageSums + split.Channels + c, lanes)) * reciprocal;
        if (shiftGradient != null)
        {
            T.StorePartial(sum, shiftGradient + ((long)image * imageStride) + c, lanes);
        }

        if (scaleGradient != null)
        {
            var y = weight == null ? normalised : normalised * T.LoadPartial(weight + c, lanes);
            if (bias != null)
            {
                y = T.MultiplyAdd(sum, T.LoadPartial(bias + c, lanes), y);
            }

            T.StorePartial(y, scaleGradient + ((long)image * imageStride) + c, lanes);
        }

        var gain = scale == null ? T.Create(1f) : Gain(image, c, lanes);
        T.StorePartial(sum * gain, imageSums + c, lanes);
        T.StorePartial(normalised * gain, imageSums + split.Channels + c, lanes);
    }

    /// <summary>Item i: the coefficients of image i's forward pass.</summary>
    public readonly struct Forward(GroupNormGradientCoefficients<T> images) : IWorkItem
    {
        public void Run(int index) => images.WriteForward(index);
    }

    [MethodImpl(HotLoop.Options)]
    private void WriteForward(int image)
    {
        var channels = split.Channels;
        var width = channels / groups;
        var centers = coefficients + ((long)ChannelGradient.Coefficients * channels * image);
        for (var group = 0; group < groups; group++)
        {
            var center = T.Create(mean[(image * groups) + group]);
            var reciprocal = T.Create(reciprocalDeviation[(image * groups) + group]);
            for (var c = group * width; c < (group + 1) * width; c += T.Width)
            {
                var lanes = Math.Min(T.Width, ((group + 1) * width) - c);
                var offset = bias == null ? T.Zero : T.LoadPartial(bias + c, lanes);
                if (scale != null)
                {
                    offset = T.MultiplyAdd(
                        offset, Gain(image, c, lanes), T.LoadPartial(shift + ((long)image * imageStride) + c, lanes));
                }

                T.StorePartial(center, centers + c, lanes);
                T.StorePartial(reciprocal * Effective(image, c, lanes), centers + channels + c, lanes);
                T.StorePartial(offset, centers + (2 * channels) + c, lanes);
            }
        }
    }
}
