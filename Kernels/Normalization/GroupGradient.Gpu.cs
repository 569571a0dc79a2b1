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
        var products = SharedMemory.Allocate<float>(MaximumGroupSize);
        var own = (Group.IdxY * Group.DimX) + Group.IdxX;
        var image = Grid.IdxY;
        var width = p.Channels / p.Groups;
        var first = Grid.IdxX * width;
        var reciprocal = p.ReciprocalDeviation[(image * p.Groups) + Grid.IdxX];
        var average = 0f;
        var product = 0f;
        for (var start = 0; start < width; start += Group.DimX)
        {
            var channel = first + start + Group.IdxX;
            var inside = start + Group.IdxX < width;
            var gradient = 0f;
            var moment = 0f;
            if (inside)
            {
                for (var part = Group.IdxY; part < p.Parts; part += Group.DimY)
                {
                    var at = (((image * p.Parts) + part) * 2 * p.Channels) + channel;
                    gradient += p.Sums[at];
                    moment += p.Sums[at + p.Channels];
                }
            }

            sums[own] = gradient;
            products[own] = moment;
            Group.Barrier();
            for (var stride = Group.DimY / 2; stride > 0; stride /= 2)
            {
                if (Group.IdxY < stride)
                {
                    sums[own] += sums[own + (stride * Group.DimX)];
                    products[own] += products[own + (stride * Group.DimX)];
                }

                Group.Barrier();
            }

            if (Group.IdxY == 0 && inside)
            {
                gradient = sums[own];
                moment = products[own] * reciprocal;
                WriteParameters(p, image, channel, gradient, moment);
                var factor = p.Affine.Factor(image, channel);
                average += factor * gradient;
                product += factor * moment;
            }
        }

        // Only the first slice holds something; the lanes of the others add up their zeros.
        sums[own] = average;
        products[own] = product;
        Group.Barrier();
        for (var stride = Group.DimX / 2; stride > 0; stride /= 2)
        {
            if (Group.IdxX < stride)
            {
                sums[own] += sums[own + stride];
                products[own] += products[own + stride];
            }

            Group.Barrier();
        }

        var count = (float)p.Rows * width;
        var slope = p.IsConstant != 0 ? 0f : -reciprocal * reciprocal * (products[0] / count);
        var constant = p.IsConstant != 0 ? 0f : -reciprocal * (sums[0] / count);
        for (var channel = first + own; channel < first + width; channel += Group.DimX * Group.DimY)
        {
            var at = (((image * ChannelGradient.Coefficients) + 3) * p.Channels) + channel;
            p.Coefficients[at] = reciprocal * p.Affine.Factor(image, channel);
            p.Coefficients[at + p.Channels] = slope;
            p.Coefficients[at + (2 * p.Channels)] = constant;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteParameters(Parameters p, int image, int channel, float gradient, float moment)
    {
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

    internal struct Parameters
    {
        /// <summary>[batch][part][g, g · (input - center)][channels].</summary>
        public ArrayView<float> Sums;

        /// <summary>[batch][groups].</summary>
        public ArrayView<float> ReciprocalDeviation;

        public AffineOperands Affine;

        /// <summary>[batch][<see cref="ChannelGradient.Coefficients"/>][channels], the last three of each image are written.</summary>
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
