using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Resampling;

/// <summary>One thread per element of the destination, channels fastest; backward each input pixel gathers, in a fixed order.</summary>
internal static class ResizeKernels
{
    private static readonly GpuKernel<Parameters> ForwardKernel = new(Forward);
    private static readonly GpuKernel<Parameters> BackwardKernel = new(Backward);

    public static GpuVariant<ResizeArguments> ForwardVariant { get; } = new("elementwise", LaunchForward, [ForwardKernel]);

    public static GpuVariant<ResizeBackwardArguments> BackwardVariant { get; } = new("gather", LaunchBackward, [BackwardKernel]);

    private static void LaunchForward(GpuDevice device, in ResizeArguments arguments) => device.LaunchElementwise(
        ForwardKernel, arguments.Output.Length, Create(device, arguments.Input, arguments.Output, arguments.Shape, arguments.Mode));

    private static void LaunchBackward(GpuDevice device, in ResizeBackwardArguments arguments) => device.LaunchElementwise(
        BackwardKernel,
        arguments.InputGradient.Length,
        Create(device, arguments.OutputGradient, arguments.InputGradient, arguments.Shape, arguments.Mode));

    private static Parameters Create(
        GpuDevice device, DeviceSpan<float> source, DeviceSpan<float> destination, in ResizeShape shape, ResizeMode mode) => new()
        {
            Source = device.View(source),
            Destination = device.View(destination),
            Mode = (int)mode,
            InputHeight = shape.InputHeight,
            InputWidth = shape.InputWidth,
            OutputHeight = shape.OutputHeight,
            OutputWidth = shape.OutputWidth,
            Channels = shape.Channels,
            Length = destination.Length,
        };

    internal static void Forward(Parameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            var pixel = i / p.Channels;
            var line = pixel / p.OutputWidth;
            var image = line / p.OutputHeight;
            var rows = ResizeWindow.Of(p.Mode, p.InputHeight, p.OutputHeight, line - (image * p.OutputHeight));
            var columns = ResizeWindow.Of(p.Mode, p.InputWidth, p.OutputWidth, pixel - (line * p.OutputWidth));
            var sum = 0f;
            for (var y = rows.First; y < rows.End; y++)
            {
                var at = (((((image * p.InputHeight) + y) * p.InputWidth) + columns.First) * p.Channels) + i - (pixel * p.Channels);
                var part = 0f;
                for (var x = columns.First; x < columns.End; x++)
                {
                    part += columns.Weight(x) * p.Source[at];
                    at += p.Channels;
                }

                sum += rows.Weight(y) * part;
            }

            p.Destination[i] = sum;
        }
    }

    internal static void Backward(Parameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            var pixel = i / p.Channels;
            var line = pixel / p.InputWidth;
            var image = line / p.InputHeight;
            var row = line - (image * p.InputHeight);
            var column = pixel - (line * p.InputWidth);
            var rows = ResizeWindow.OutputsOf(p.Mode, p.InputHeight, p.OutputHeight, row);
            var columns = ResizeWindow.OutputsOf(p.Mode, p.InputWidth, p.OutputWidth, column);
            var sum = 0f;
            for (var y = rows.First; y < rows.End; y++)
            {
                var at = (((((image * p.OutputHeight) + y) * p.OutputWidth) + columns.First) * p.Channels) + i - (pixel * p.Channels);
                var part = 0f;
                for (var x = columns.First; x < columns.End; x++)
                {
                    part += ResizeWindow.Of(p.Mode, p.InputWidth, p.OutputWidth, x).Weight(column) * p.Source[at];
                    at += p.Channels;
                }

                sum += ResizeWindow.Of(p.Mode, p.InputHeight, p.OutputHeight, y).Weight(row) * part;
            }

            p.Destination[i] = sum;
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Source;
        public ArrayView<float> Destination;
        public int Mode;
        public int InputHeight;
        public int InputWidth;
        public int OutputHeight;
        public int OutputWidth;
        public int Channels;
        public int Length;
    }
}
