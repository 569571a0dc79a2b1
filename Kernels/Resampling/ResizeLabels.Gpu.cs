using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Resampling;

/// <summary>One thread per output label.</summary>
internal static class ResizeLabelsKernels<T>
    where T : unmanaged
{
    private static readonly GpuKernel<Parameters> Kernel = new(Copy);

    public static GpuVariant<ResizeLabelsArguments<T>> Variant { get; } = new("elementwise", Launch, [Kernel]);

    private static void Launch(GpuDevice device, in ResizeLabelsArguments<T> arguments) =>
        device.LaunchElementwise(Kernel, arguments.Output.Length, new Parameters
        {
            Input = device.View(arguments.Input),
            Output = device.View(arguments.Output),
            Mode = (int)arguments.Mode,
            InputHeight = arguments.Shape.InputHeight,
            InputWidth = arguments.Shape.InputWidth,
            OutputHeight = arguments.Shape.OutputHeight,
            OutputWidth = arguments.Shape.OutputWidth,
            Channels = arguments.Shape.Channels,
            Length = arguments.Output.Length,
        });

    internal static void Copy(Parameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            var pixel = i / p.Channels;
            var line = pixel / p.OutputWidth;
            var image = line / p.OutputHeight;
            var y = ResizeWindow.Of(p.Mode, p.InputHeight, p.OutputHeight, line - (image * p.OutputHeight)).First;
            var x = ResizeWindow.Of(p.Mode, p.InputWidth, p.OutputWidth, pixel - (line * p.OutputWidth)).First;
            p.Output[i] = p.Input[(((((image * p.InputHeight) + y) * p.InputWidth) + x) * p.Channels) + i - (pixel * p.Channels)];
        }
    }

    internal struct Parameters
    {
        public ArrayView<T> Input;
        public ArrayView<T> Output;
        public int Mode;
        public int InputHeight;
        public int InputWidth;
        public int OutputHeight;
        public int OutputWidth;
        public int Channels;
        public int Length;
    }
}
