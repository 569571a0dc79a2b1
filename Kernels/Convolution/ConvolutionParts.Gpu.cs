using ILGPU;
using ILGPU.Runtime;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Adds the parts of sums that were computed apart, in their order, and finishes them. A group takes one pixel.</summary>
internal static class ConvolutionParts
{
    private const int Threads = 64;

    private static readonly GpuKernel<Parameters> Kernel = new(Combine);

    public static GpuKernel[] Kernels => [Kernel];

    /// <param name="device">Where.</param>
    /// <param name="sums">[parts][pixels][channels].</param>
    /// <param name="parts">Number of parts.</param>
    /// <param name="pixels">Pixels of the phase in all images.</param>
    /// <param name="phase">The phase that the pixels belong to.</param>
    /// <param name="epilogue">What to do with the sums.</param>
    public static void Launch(
        GpuDevice device, ArrayView<float> sums, int parts, int pixels, GatherPhase phase, in ConvolutionEpilogue epilogue) =>
        device.Launch(Kernel, new Index3D(pixels, 1, 1), new Index3D(Threads, 1, 1), new Parameters
        {
            Sums = sums,
            Parts = parts,
            PartLength = pixels * epilogue.Channels,
            Rows = phase.Vertical.TargetCount,
            Columns = phase.Horizontal.TargetCount,
            Epilogue = epilogue,
        });

    internal static void Combine(Parameters p)
    {
        var line = Grid.IdxX / p.Columns;
        var image = line / p.Rows;
        var pixel = p.Epilogue.PixelIndex(image, line - (image * p.Rows), Grid.IdxX - (line * p.Columns));
        for (var channel = Group.IdxX; channel < p.Epilogue.Channels; channel += Group.DimX)
        {
            var index = (Grid.IdxX * p.Epilogue.Channels) + channel;
            var sum = p.Sums[index];
            for (var part = 1; part < p.Parts; part++)
            {
                index += p.PartLength;
                sum += p.Sums[index];
            }

            p.Epilogue.Store(sum, channel, pixel, image);
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Sums;
        public int Parts;
        public int PartLength;
        public int Rows;
        public int Columns;
        public ConvolutionEpilogue Epilogue;
    }
}
