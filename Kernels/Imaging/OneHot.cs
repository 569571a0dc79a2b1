using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Imaging;

/// <summary>SIMD twin: clears an image's part of the output, then sets one element per pixel.</summary>
internal readonly unsafe struct OneHot : ISimdKernel<OneHotArguments>
{
    public static void Run<T>(CpuDevice device, in OneHotArguments arguments)
        where T : unmanaged, ISimd<T> => device.Workers.For(arguments.Images, new Body(arguments));

    private readonly struct Body(OneHotArguments arguments) : IWorkItem
    {
        public void Run(int image)
        {
            var (pixels, classes) = (arguments.Pixels, arguments.Classes);
            var output = arguments.Output.Pointer() + ((long)image * pixels * classes);
            new Span<float>(output, pixels * classes).Clear();
            var bytes = arguments.ByteLabels.Pointer();
            var labels = arguments.Labels.Pointer();
            for (var pixel = 0; pixel < pixels; pixel++)
            {
                var at = ((long)image * pixels) + pixel;
                var label = bytes is null ? labels[at] : bytes[at];
                if ((uint)label < (uint)classes)
                {
                    output[arguments.ByClass ? ((long)label * pixels) + pixel : ((long)pixel * classes) + label] = 1;
                }
            }
        }
    }
}
