using ILGPU;
using ILGPU.Runtime;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Sets the targets of a phase without taps to zero: input pixels that no output sees.</summary>
internal static class EmptyPhase
{
    private static readonly GpuKernel<Parameters> Kernel = new(Clear);

    public static GpuKernel[] Kernels => [Kernel];

    public static void Launch(GpuDevice device, GatherConvolution convolution, GatherPhase phase, in ConvolutionEpilogue epilogue)
    {
        var length = Check.Elements(convolution.Batch, phase.Pixels, convolution.TargetChannels);
        device.LaunchElementwise(Kernel, length, new Parameters
        {
            Length = length,
            Rows = phase.Vertical.TargetCount,
            Columns = phase.Horizontal.TargetCount,
            Epilogue = epilogue,
        });
    }

    internal static void Clear(Parameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            var pixel = i / p.Epilogue.Channels;
            var line = pixel / p.Columns;
            var image = line / p.Rows;
            var target = p.Epilogue.PixelIndex(image, line - (image * p.Rows), pixel - (line * p.Columns));
            p.Epilogue.Target[target + i - (pixel * p.Epilogue.Channels)] = 0f;
        }
    }

    internal struct Parameters
    {
        public int Length;
        public int Rows;
        public int Columns;
        public ConvolutionEpilogue Epilogue;
    }
}
