using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>
/// GPU: mean and sum of squared deviations of each channel over the rows of a part of an image. The rows are shifted by the part's
/// first one; means are offsets from the image's first row.
/// </summary>
internal static class ChannelMomentsKernels
{
    /// <summary>32 channels times 8 rows: a warp reads 128 neighbouring bytes.</summary>
    private const int GroupWidth = 32;
    private const int GroupHeight = 8;

    public static readonly GpuKernel<Parameters> TreeKernel = new(Tree);
    public static readonly GpuKernel<Parameters> WideKernel = new(Wide);

    /// <param name="device">Where to run.</param>
    /// <param name="wide">Whether one thread takes sixteen channels of all rows of a part.</param>
    /// <param name="batch">Images.</param>
    /// <param name="split">Of each image.</param>
    /// <param name="input">[batch][rows][channels].</param>
    /// <param name="moments">[batch][part][offset of the mean, squared deviations][channels].</param>
    public static void Launch(
        GpuDevice device, bool wide, int batch, ChannelSplit split, DeviceSpan<float> input, DeviceSpan<float> moments)
    {
        var parameters = new Parameters
        {
            Input = device.View(input),
            Moments = device.View(moments),
            Rows = split.Rows,
            Channels = split.Channels,
            RowsPerPart = split.RowsPerPart,
        };
        if (wide)
        {
            var tiles = (split.Channels + Lanes16.Width - 1) / Lanes16.Width;
            device.Launch(WideKernel, new Index3D(tiles, split.Count, batch), new Index3D(1, 1, 1), parameters);
        }
        else
        {
            var tiles = (split.Channels + GroupWidth - 1) / GroupWidth;
            device.Launch(TreeKernel, new Index3D(tiles, split.Count, batch), new Index3D(GroupWidth, GroupHeight, 1), parameters);
        }
    }

    internal static void Tree(Parameters p)
    {
        var sums = SharedMemory.Allocate<float>(GroupWidth * GroupHeight);
        var squares = SharedMemory.Allocate<float>(GroupWidth * GroupHeight);
        var channel = (Grid.IdxX * GroupWidth) + Group.IdxX;
        var image = Grid.IdxZ * p.Rows;
        var first = Grid.IdxY * p.RowsPerPart;
        var end = first + p.RowsPerPart < p.Rows ? first + p.RowsPerPart : p.Rows;
        var sum = 0f;
        var square = 0f;
        var shift = 0f;
        if (channel < p.Channels)
        {
            shift = p.Input[((image + first) * p.Channels) + channel];
            for (var row = first + Group.IdxY; row < end; row += GroupHeight)
            {
                var d = p.Input[((image + row) * p.Channels) + channel] - shift;
                sum += d;
                square += d * d;
            }
        }

        var own = (Group.IdxY * GroupWidth) + Group.IdxX;
        sums[own] = sum;
        squares[own] = square;
        Group.Barrier();
        for (var stride = GroupHeight / 2; stride > 0; stride /= 2)
        {
            if (Group.IdxY < stride)
            {
                sums[own] += sums[own + (stride * GroupWidth)];
                squares[own] += squares[own + (stride * GroupWidth)];
            }

            Group.Barrier();
        }

        if (Group.IdxY == 0 && channel < p.Channels)
        {
            var result = ((Grid.IdxZ * Grid.DimY) + Grid.IdxY) * 2 * p.Channels;
            var mean = sums[own] / (end - first);
            var deviations = squares[own] - (mean * sums[own]);
            p.Moments[result + channel] = shift - p.Input[(image * p.Channels) + channel] + mean;
            p.Moments[result + p.Channels + channel] = deviations < 0f ? 0f : deviations;
        }
    }

    internal static void Wide(Parameters p)
    {
        var channel = Grid.IdxX * Lanes16.Width;
        var image = Grid.IdxZ * p.Rows;
        var first = Grid.IdxY * p.RowsPerPart;
        var end = first + p.RowsPerPart < p.Rows ? first + p.RowsPerPart : p.Rows;
        var reciprocal = 1f / (end - first);
        var result = ((Grid.IdxZ * Grid.DimY) + Grid.IdxY) * 2 * p.Channels;
        if (channel + Lanes16.Width <= p.Channels)
        {
            var shift = Lanes16.Load(p.Input, ((image + first) * p.Channels) + channel);
            var sum = Lanes16.Fill(0f);
            var square = Lanes16.Fill(0f);
            for (var row = first; row < end; row++)
            {
                var d = Lanes16.Load(p.Input, ((image + row) * p.Channels) + channel) - shift;
                sum += d;
                square += d * d;
            }

            var mean = sum * Lanes16.Fill(reciprocal);
            (shift - Lanes16.Load(p.Input, (image * p.Channels) + channel) + mean).Store(p.Moments, result + channel);
            Lanes16.Max(square - (mean * sum), Lanes16.Fill(0f)).Store(p.Moments, result + p.Channels + channel);
        }
        else
        {
            for (; channel < p.Channels; channel++)
            {
                var shift = p.Input[((image + first) * p.Channels) + channel];
                var sum = 0f;
                var square = 0f;
                for (var row = first; row < end; row++)
                {
                    var d = p.Input[((image + row) * p.Channels) + channel] - shift;
                    sum += d;
                    square += d * d;
                }

                var mean = sum * reciprocal;
                var deviations = square - (mean * sum);
                p.Moments[result + channel] = shift - p.Input[(image * p.Channels) + channel] + mean;
                p.Moments[result + p.Channels + channel] = deviations < 0f ? 0f : deviations;
            }
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Input;
        public ArrayView<float> Moments;
        public int Rows;
        public int Channels;
        public int RowsPerPart;
    }
}
