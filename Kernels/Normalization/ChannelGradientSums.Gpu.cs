using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>
/// GPU: with g = outputGradient · f'((input - center) · factor + offset), the sums of g, of g · (input - center) and of input - center
/// of each channel over the rows of a part of an image.
/// </summary>
internal static class ChannelGradientSumsKernels
{
    /// <summary>32 channels times 8 rows: a warp reads 128 neighbouring bytes.</summary>
    private const int GroupWidth = 32;
    private const int GroupHeight = 8;

    /// <summary>One thread for sixteen channels; <c>f</c> is the identity.</summary>
    public static readonly GpuKernel<Parameters> WideKernel = new(Wide);

    /// <summary>The kernel that applies <typeparamref name="TFunction"/> and adds rows in a tree.</summary>
    public static GpuKernel<Parameters> TreeKernel<TFunction>()
        where TFunction : struct, IGpuNormalizedFunction => TreeOf<TFunction>.Kernel;

    /// <param name="device">Where to run.</param>
    /// <param name="kernel">One of this class.</param>
    /// <param name="batch">Images.</param>
    /// <param name="split">Of each image.</param>
    /// <param name="input">[batch][rows][channels].</param>
    /// <param name="outputGradient">[batch][rows][channels].</param>
    /// <param name="coefficients">[batch][<see cref="ChannelGradient.Coefficients"/>][channels].</param>
    /// <param name="sums">[batch][part][<see cref="ChannelGradientSums.Count"/>][channels].</param>
    public static void Launch(
        GpuDevice device,
        GpuKernel<Parameters> kernel,
        int batch,
        ChannelSplit split,
        DeviceSpan<float> input,
        DeviceSpan<float> outputGradient,
        DeviceSpan<float> coefficients,
        DeviceSpan<float> sums)
    {
        var wide = kernel == WideKernel;
        var width = wide ? Lanes16.Width : GroupWidth;
        device.Launch(
            kernel,
            new Index3D((split.Channels + width - 1) / width, split.Count, batch),
            wide ? new Index3D(1, 1, 1) : new Index3D(GroupWidth, GroupHeight, 1),
            new Parameters
            {
                Input = device.View(input),
                OutputGradient = device.View(outputGradient),
                Coefficients = device.View(coefficients),
                Sums = device.View(sums),
                Rows = split.Rows,
                Channels = split.Channels,
                RowsPerPart = split.RowsPerPart,
            });
    }

    internal static void Tree<TFunction>(Parameters p)
        where TFunction : struct, IGpuNormalizedFunction
    {
        var sums = SharedMemory.Allocate<float>(GroupWidth * GroupHeight);
        var products = SharedMemory.Allocate<float>(GroupWidth * GroupHeight);
        var rests = SharedMemory.Allocate<float>(GroupWidth * GroupHeight);
        var offsets = SharedMemory.Allocate<float>(GroupWidth * GroupHeight);
        var channel = (Grid.IdxX * GroupWidth) + Group.IdxX;
        var image = Grid.IdxZ * p.Rows;
        var first = Grid.IdxY * p.RowsPerPart;
        var end = first + p.RowsPerPart < p.Rows ? first + p.RowsPerPart : p.Rows;
        var sum = default(CompensatedSum);
        var product = 0f;
        var offsetSum = 0f;
        if (channel < p.Channels)
        {
            var at = (Grid.IdxZ * ChannelGradient.Coefficients * p.Channels) + channel;
            var center = p.Coefficients[at];
            var factor = p.Coefficients[at + p.Channels];
            var offset = p.Coefficients[at + (2 * p.Channels)];
            for (var row = first + Group.IdxY; row < end; row += GroupHeight)
            {
                var i = ((image + row) * p.Channels) + channel;
                var d = p.Input[i] - center;
                var g = p.OutputGradient[i] * default(TFunction).Derivative((d * factor) + offset);
                sum.Add(g);
                product += g * d;
                offsetSum += d;
            }
        }

        var own = (Group.IdxY * GroupWidth) + Group.IdxX;
        sums[own] = sum.High;
        products[own] = product;
        rests[own] = sum.Low;
        offsets[own] = offsetSum;
        Group.Barrier();
        for (var stride = GroupHeight / 2; stride > 0; stride /= 2)
        {
            if (Group.IdxY < stride)
            {
                sum.Add(sums[own + (stride * GroupWidth)]);
                sum.Low += rests[own + (stride * GroupWidth)];
                sums[own] = sum.High;
                rests[own] = sum.Low;
                products[own] += products[own + (stride * GroupWidth)];
                offsets[own] += offsets[own + (stride * GroupWidth)];
            }

            Group.Barrier();
        }

        if (Group.IdxY == 0 && channel < p.Channels)
        {
            var result = (((Grid.IdxZ * Grid.DimY) + Grid.IdxY) * ChannelGradientSums.Count * p.Channels) + channel;
            p.Sums[result] = sums[own];
            p.Sums[result + p.Channels] = products[own];
            p.Sums[result + (2 * p.Channels)] = rests[own];
            p.Sums[result + (3 * p.Channels)] = offsets[own];
        }
    }

    internal static void Wide(Parameters p)
    {
        var channel = Grid.IdxX * Lanes16.Width;
        var image = Grid.IdxZ * p.Rows;
        var first = Grid.IdxY * p.RowsPerPart;
        var end = first + p.RowsPerPart < p.Rows ? first + p.RowsPerPart : p.Rows;
        var centers = Grid.IdxZ * ChannelGradient.Coefficients * p.Channels;
        var result = ((Grid.IdxZ * Grid.DimY) + Grid.IdxY) * ChannelGradientSums.Count * p.Channels;
        if (channel + Lanes16.Width <= p.Channels)
        {
            var center = Lanes16.Load(p.Coefficients, centers + channel);
            var sum = Lanes16.Fill(0f);
            var rest = Lanes16.Fill(0f);
            var product = Lanes16.Fill(0f);
            var offset = Lanes16.Fill(0f);
            for (var row = first; row < end; row++)
            {
                var i = ((image + row) * p.Channels) + channel;
                var g = Lanes16.Load(p.OutputGradient, i);
                var d = Lanes16.Load(p.Input, i) - center;
                var total = sum + g;
                var part = total - sum;
                rest += (sum - (total - part)) + (g - part);
                sum = total;
                product += g * d;
                offset += d;
            }

            sum.Store(p.Sums, result + channel);
            product.Store(p.Sums, result + p.Channels + channel);
            rest.Store(p.Sums, result + (2 * p.Channels) + channel);
            offset.Store(p.Sums, result + (3 * p.Channels) + channel);
        }
        else
        {
            for (; channel < p.Channels; channel++)
            {
                var center = p.Coefficients[centers + channel];
                var sum = default(CompensatedSum);
                var product = 0f;
                var offset = 0f;
                for (var row = first; row < end; row++)
                {
                    var i = ((image + row) * p.Channels) + channel;
                    var g = p.OutputGradient[i];
                    var d = p.Input[i] - center;
                    sum.Add(g);
                    product += g * d;
                    offset += d;
                }

                p.Sums[result + channel] = sum.High;
                p.Sums[result + p.Channels + channel] = product;
                p.Sums[result + (2 * p.Channels) + channel] = sum.Low;
                p.Sums[result + (3 * p.Channels) + channel] = offset;
            }
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Input;
        public ArrayView<float> OutputGradient;
        public ArrayView<float> Coefficients;
        public ArrayView<float> Sums;
        public int Rows;
        public int Channels;
        public int RowsPerPart;
    }

    private static class TreeOf<TFunction>
        where TFunction : struct, IGpuNormalizedFunction
    {
        public static readonly GpuKernel<Parameters> Kernel = new(Tree<TFunction>);
    }
}
