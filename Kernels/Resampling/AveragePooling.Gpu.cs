using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Resampling;

/// <summary>One thread per element of the destination, channels fastest; backward each input pixel gathers, in a fixed order.</summary>
internal static class AveragePoolingKernels
{
    private static readonly GpuKernel<Parameters> ForwardKernel = new(Forward);
    private static readonly GpuKernel<Parameters> BackwardKernel = new(Backward);

    public static GpuVariant<AveragePoolingArguments> ForwardVariant { get; } = new("elementwise", LaunchForward, [ForwardKernel]);

    public static GpuVariant<AveragePoolingBackwardArguments> BackwardVariant { get; } = new("gather", LaunchBackward, [BackwardKernel]);

    private static void LaunchForward(GpuDevice device, in AveragePoolingArguments arguments) => device.LaunchElementwise(
        ForwardKernel, arguments.Output.Length, Create(device, arguments.Input, arguments.Output, arguments.Shape, arguments.CountPadding));

    private static void LaunchBackward(GpuDevice device, in AveragePoolingBackwardArguments arguments) => device.LaunchElementwise(
        BackwardKernel,
        arguments.InputGradient.Length,
        Create(device, arguments.OutputGradient, arguments.InputGradient, arguments.Shape, arguments.CountPadding));

    private static Parameters Create(
        GpuDevice device, DeviceSpan<float> source, DeviceSpan<float> destination, in PoolingShape shape, bool countPadding) => new()
        {
            Source = device.View(source),
            Destination = device.View(destination),
            Rows = PoolingAxis.Rows(shape),
            Columns = PoolingAxis.Columns(shape),
            CountPadding = countPadding ? 1 : 0,
            Channels = shape.Channels,
            Length = destination.Length,
        };

    internal static void Forward(Parameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            var pixel = i / p.Channels;
            var line = pixel / p.Columns.Output;
            var image = line / p.Rows.Output;
            var row = line - (image * p.Rows.Output);
            var column = pixel - (line * p.Columns.Output);
            var rows = p.Rows.Window(row);
            var columns = p.Columns.Window(column);
            var sum = 0f;
            for (var y = rows.First; y < rows.End; y++)
            {
                var at = (((((image * p.Rows.Input) + y) * p.Columns.Input) + columns.First) * p.Channels) + i - (pixel * p.Channels);
                var part = 0f;
                for (var x = columns.First; x < columns.End; x++)
                {
                    part += p.Source[at];
                    at += p.Channels;
                }

                sum += part;
            }

            p.Destination[i] = sum / ((float)p.Rows.Count(row, p.CountPadding) * p.Columns.Count(column, p.CountPadding));
        }
    }

    internal static void Backward(Parameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            var pixel = i / p.Channels;
            var line = pixel / p.Columns.Input;
            var image = line / p.Rows.Input;
            var rows = p.Rows.WindowsOf(line - (image * p.Rows.Input));
            var columns = p.Columns.WindowsOf(pixel - (line * p.Columns.Input));
            var sum = 0f;
            for (var y = rows.First; y < rows.End; y++)
            {
                var at = (((((image * p.Rows.Output) + y) * p.Columns.Output) + columns.First) * p.Channels) + i - (pixel * p.Channels);
                var part = 0f;
                for (var x = columns.First; x < columns.End; x++)
                {
                    part += p.Source[at] / p.Columns.Count(x, p.CountPadding);
                    at += p.Channels;
                }

                sum += part / p.Rows.Count(y, p.CountPadding);
            }

            p.Destination[i] = sum;
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Source;
        public ArrayView<float> Destination;
        public PoolingAxis Rows;
        public PoolingAxis Columns;
        public int CountPadding;
        public int Channels;
        public int Length;
    }
}
