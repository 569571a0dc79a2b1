using System.Runtime.CompilerServices;
using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>
/// GPU: from the sums of parts to the coefficients of the input gradient, to the gradients of scale and shift, and to an image's part
/// of the gradients of weight and bias. One group of threads per image and group of channels; threads are channels times parts.
/// </summary>
internal static class GroupGradientKernels
{
    private const int MaximumGroupSize = 256;
    private const int MaximumLanes = 32;

    public static readonly GpuKernel<Parameters> Kernel = new(Gradient);

    /// <summary>A single thread per group of channels where <paramref name="wide"/> is set.</summary>
    public static void Launch(GpuDevice device, bool wide, int batch, in Parameters parameters)
    {
        var lanes = 1;
        while (!wide && lanes < MaximumLanes && lanes < parameters.Channels / parameters.Groups)
        {
            lanes *= 2;
        }

        var slices = 1;
        while (!wide && slices < MaximumGroupSize / lanes && slices < parameters.Parts)
        {
            slices *= 2;
        }

        device.Launch(Kernel, new Index3D(parameters.Groups, batch, 1), new Index3D(lanes, slices, 1), parameters);
    }

    internal static void Gradient(Parameters p)
    {
        var sums = SharedMemory.Allocate<float>(MaximumGroupSize);
        var rests = SharedMemory.Allocate<float>(MaximumGroupSize);
        var products = SharedMemory.Allocate<float>(MaximumGroupSize);
        var offsets = SharedMemory.Allocate<float>(MaximumGroupSize);
        var own = (Group.IdxY * Group.DimX) + Group.IdxX;
        var image = Grid.IdxY;
        var width = p.Channels / p.Groups;
        var first = Grid.IdxX * width;
        var reciprocal = p.ReciprocalDeviation[(image * p.Groups) + Grid.IdxX];
        var total = default(ChannelSums);
        for (var start = 0; start < width; start += Group.DimX)
        {
            var channel = first + start + Group.IdxX;
            var inside = start + Group.IdxX < width;
            var sum = default(ChannelSums);
            if (inside)
            {
                for (var part = Group.IdxY; part < p.Parts; part += Group.DimY)
                {
                    sum.Add(p.Sums, (((image * p.Parts) + part) * ChannelGradientSums.Count * p.Channels) + channel, p.Channels);
                }
            }

            sums[own] = sum.Gradient.High;
            rests[own] = sum.Gradient.Low;
            products[own] = sum.Product;
            offsets[own] = sum.Offset;
            Group.Barrier();
            for (var stride = Group.DimY / 2; stride > 0; stride /= 2)
            {
                if (Group.IdxY < stride)
                {
                    var other = own + (stride * Group.DimX);
                    sum.Gradient.Add(sums[other]);
                    sum.Gradient.Low += rests[other];
                    sums[own] = sum.Gradient.High;
                    rests[own] = sum.Gradient.Low;
                    products[own] += products[other];
                    offsets[own] += offsets[other];
                }

                Group.Barrier();
            }

            if (Group.IdxY == 0 && inside)
            {
                // The gain is rounded first and used everywhere, so that the gradients of a group add up to zero.
                var gain = reciprocal * p.Affine.Factor(image, channel);
                p.Coefficients[(((image * ChannelGradient.Coefficients) + 3) * p.Channels) + channel] = gain;
                total.Gradient.AddProduct(gain, sum.Gradient);
                total.Product += gain * products[own];
                total.Offset += offsets[own];
                var at = (((image * p.Parts) * ChannelGradientSums.Count) * p.Channels) + channel;
                p.Sums[at] = sum.Gradient.High + sum.Gradient.Low;
                p.Sums[at + p.Channels] = products[own];
            }
        }

        // Only the first slice holds something; the lanes of the others add up their zeros.
        sums[own] = total.Gradient.High;
        rests[own] = total.Gradient.Low;
        products[own] = total.Product;
        offsets[own] = total.Offset;
        Group.Barrier();
        for (var stride = Group.DimX / 2; stride > 0; stride /= 2)
        {
            if (Group.IdxX < stride)
            {
                total.Gradient.Add(sums[own + stride]);
                total.Gradient.Low += rests[own + stride];
                sums[own] = total.Gradient.High;
                rests[own] = total.Gradient.Low;
                products[own] += products[own + stride];
                offsets[own] += offsets[own + stride];
            }

            Group.Barrier();
        }

        var count = (float)p.Rows * width;
        var offset = p.IsConstant != 0 ? 0f : offsets[0] / count;
        var slope = p.IsConstant != 0 ? 0f : -reciprocal * reciprocal * ((products[0] - (offset * sums[0])) / count);

        // What the constant must add up to over the group: its quotient by the count, and the quotient of the remainder.
        var target = default(CompensatedSum);
        target.Low = -rests[0];
        target.Add(-sums[0]);
        target.AddProduct(-slope, offsets[0]);
        var constant = p.IsConstant != 0 ? 0f : (target.High + target.Low) / count;
        target.AddProduct(-count, constant);
        var rest = p.IsConstant != 0 ? 0f : (target.High + target.Low) / count;
        for (var channel = first + own; channel < first + width; channel += Group.DimX * Group.DimY)
        {
            var at = (((image * ChannelGradient.Coefficients) + 4) * p.Channels) + channel;
            p.Coefficients[at] = slope;
            p.Coefficients[at + p.Channels] = constant;
            p.Coefficients[at + (2 * p.Channels)] = rest;
            WriteParameters(p, image, channel, offset, reciprocal);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteParameters(Parameters p, int image, int channel, float offset, float reciprocal)
    {
        var from = (image * p.Parts * ChannelGradientSums.Count * p.Channels) + channel;
        var gradient = p.Sums[from];
        var moment = (p.Sums[from + p.Channels] - (offset * gradient)) * reciprocal;
        var gain = p.Affine.Gain(image, channel);
        var at = (image * 2 * p.Channels) + channel;
        p.Parameter[at] = gradient * gain;
        p.Parameter[at + p.Channels] = moment * gain;
        if (p.HasShiftGradient != 0)
        {
            p.ShiftGradient[(image * p.ImageStride) + channel] = gradient;
        }

        if (p.HasScaleGradient != 0)
        {
            p.ScaleGradient[(image * p.ImageStride) + channel] =
                (moment * p.Affine.Weight(channel)) + (gradient * p.Affine.Bias(channel));
        }
    }

    /// <summary>The sums of some channels over some parts.</summary>
    private struct ChannelSums
    {
        public CompensatedSum Gradient;
        public float Product;
        public float Offset;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(ArrayView<float> sums, int at, int channels)
        {
            Gradient.Add(sums[at]);
            Gradient.Low += sums[at + (2 * channels)];
            Product += sums[at + channels];
            Offset += sums[at + (3 * channels)];
        }
    }

    internal struct Parameters
    {
        /// <summary>
        /// [batch][part][<see cref="ChannelGradientSums.Count"/>][channels]; the first two of each image's part 0 become the sums over
        /// all parts.
        /// </summary>
        public ArrayView<float> Sums;

        /// <summary>[batch][groups].</summary>
        public ArrayView<float> ReciprocalDeviation;

        public AffineOperands Affine;

        /// <summary>[batch][<see cref="ChannelGradient.Coefficients"/>][channels], the last four of each image are written.</summary>
        public ArrayView<float> Coefficients;

        /// <summary>[batch][bias, weight][channels].</summary>
        public ArrayView<float> Parameter;

        public ArrayView<float> ScaleGradient;
        public ArrayView<float> ShiftGradient;
        public int HasScaleGradient;
        public int HasShiftGradient;
        public int ImageStride;

        /// <summary>Whether the statistics are constants, through which nothing is differentiated.</summary>
        public int IsConstant;

        public int Rows;
        public int Channels;
        public int Groups;
        public int Parts;
    }
}
