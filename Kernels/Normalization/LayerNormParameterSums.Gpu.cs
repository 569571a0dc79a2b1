using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>GPU: the sums of outputGradient and of outputGradient · normalised input of each column over a part of the rows.</summary>
internal static class LayerNormParameterSumsKernels
{
    /// <summary>32 columns times 8 rows: a warp reads 128 neighbouring bytes.</summary>
    private const int GroupWidth = 32;
    private const int GroupHeight = 8;

    public static readonly GpuKernel<Parameters> TreeKernel = new(Tree);
    public static readonly GpuKernel<Parameters> WideKernel = new(Wide);

    /// <param name="device">Where to run.</param>
    /// <param name="wide">Whether one thread takes sixteen columns of all rows of a part.</param>
    /// <param name="split">Of the rows.</param>
    /// <param name="arguments">The contract.</param>
    /// <param name="sums">[part][bias, weight][columns].</param>
    public static void Launch(
        GpuDevice device, bool wide, ChannelSplit split, in LayerNormBackwardArguments arguments, DeviceSpan<float> sums)
    {
        var width = wide ? Lanes16.Width : GroupWidth;
        device.Launch(
            wide ? WideKernel : TreeKernel,
            new Index3D((split.Channels + width - 1) / width, split.Count, 1),
            wide ? new Index3D(1, 1, 1) : new Index3D(GroupWidth, GroupHeight, 1),
            new Parameters
            {
                Input = device.View(arguments.Input),
                OutputGradient = device.View(arguments.OutputGradient),
                Mean = device.View(arguments.Mean),
                ReciprocalDeviation = device.View(arguments.ReciprocalDeviation),
                Sums = device.View(sums),
                Rows = split.Rows,
                Columns = split.Channels,
                RowsPerPart = split.RowsPerPart,
            });
    }

    internal static void Tree(Parameters p)
    {
        var biases = SharedMemory.Allocate<float>(GroupWidth * GroupHeight);
        var weights = SharedMemory.Allocate<float>(GroupWidth * GroupHeight);
        var column = (Grid.IdxX * GroupWidth) + Group.IdxX;
        var first = Grid.IdxY * p.RowsPerPart;
        var end = first + p.RowsPerPart < p.Rows ? first + p.RowsPerPart : p.Rows;
        var bias = 0f;
        var weight = 0f;
        if (column < p.Columns)
        {
            for (var row = first + Group.IdxY; row < end; row += GroupHeight)
            {
                var i = (row * p.Columns) + column;
                var gradient = p.OutputGradient[i];
                bias += gradient;
                weight += gradient * ((p.Input[i] - p.Mean[row]) * p.ReciprocalDeviation[row]);
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

        if (Group.IdxY == 0 && column < p.Columns)
        {
            var result = (Grid.IdxY * 2 * p.Columns) + column;
            p.Sums[result] = biases[own];
            p.Sums[result + p.Columns] = weights[own];
        }
    }

    internal static void Wide(Parameters p)
    {
        var column = Grid.IdxX * Lanes16.Width;
        var first = Grid.IdxY * p.RowsPerPart;
        var end = first + p.RowsPerPart < p.Rows ? first + p.RowsPerPart : p.Rows;
        var result = Grid.IdxY * 2 * p.Columns;
        if (column + Lanes16.Width <= p.Columns)
        {
            var bias = Lanes16.Fill(0f);
            var weight = Lanes16.Fill(0f);
            for (var row = first; row < end; row++)
            {
                var i = (row * p.Columns) + column;
                var gradient = Lanes16.Load(p.OutputGradient, i);
                var d = Lanes16.Load(p.Input, i) - Lanes16.Fill(p.Mean[row]);
                bias += gradient;
                weight += gradient * (d * Lanes16.Fill(p.ReciprocalDeviation[row]));
            }

            bias.Store(p.Sums, result + column);
            weight.Store(p.Sums, result + p.Columns + column);
        }
        else
        {
            for (; column < p.Columns; column++)
            {
                var bias = 0f;
                var weight = 0f;
                for (var row = first; row < end; row++)
                {
                    var i = (row * p.Columns) + column;
                    var gradient = p.OutputGradient[i];
                    bias += gradient;
                    weight += gradient * ((p.Input[i] - p.Mean[row]) * p.ReciprocalDeviation[row]);
                }

                p.Sums[result + column] = bias;
                p.Sums[result + p.Columns + column] = weight;
            }
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Input;
        public ArrayView<float> OutputGradient;
        public ArrayView<float> Mean;
        public ArrayView<float> ReciprocalDeviation;
        public ArrayView<float> Sums;
        public int Rows;
        public int Columns;
        public int RowsPerPart;
    }
}
