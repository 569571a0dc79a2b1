using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Resampling;

/// <summary>CPU twin: whole pixels are copied, split by output rows.</summary>
/// <typeparam name="TLabel">byte or int.</typeparam>
internal readonly unsafe struct ResizeLabels<TLabel> : ISimdKernel<ResizeLabelsArguments<TLabel>>
    where TLabel : unmanaged
{
    public static void Run<T>(CpuDevice device, in ResizeLabelsArguments<TLabel> arguments)
        where T : unmanaged, ISimd<T>
    {
        var shape = arguments.Shape;
        device.Workers.ForRanges(
            (long)shape.Batch * shape.OutputHeight,
            RowGrain.Of(shape.OutputWidth, shape.Channels),
            new Body(arguments.Input.Pointer(), arguments.Output.Pointer(), shape, (int)arguments.Mode));
    }

    private readonly struct Body(TLabel* input, TLabel* output, ResizeShape shape, int mode) : IRangeWorkItem
    {
        public void Run(long start, long end)
        {
            var channels = shape.Channels;
            for (var line = start; line < end; line++)
            {
                var image = line / shape.OutputHeight;
                var y = ResizeWindow.Of(
                    mode, shape.InputHeight, shape.OutputHeight, (int)(line - (image * shape.OutputHeight))).First;
                var source = input + (((image * shape.InputHeight) + y) * shape.InputWidth * channels);
                var destination = output + (line * shape.OutputWidth * channels);
                for (var x = 0; x < shape.OutputWidth; x++, destination += channels)
                {
                    var column = ResizeWindow.Of(mode, shape.InputWidth, shape.OutputWidth, x).First;
                    for (var channel = 0; channel < channels; channel++)
                    {
                        destination[channel] = source[((long)column * channels) + channel];
                    }
                }
            }
        }
    }
}
