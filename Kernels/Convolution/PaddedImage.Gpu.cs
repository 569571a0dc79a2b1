using ILGPU;
using ILGPU.Runtime;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Makes the copy that a <see cref="PaddedImage"/> describes. A group copies one row.</summary>
internal static class PaddedImageKernel
{
    private static readonly GpuKernel<Parameters> Kernel = new(Copy);

    public static GpuKernel[] Kernels => [Kernel];

    /// <param name="device">Where.</param>
    /// <param name="image">What to copy.</param>
    /// <param name="source">[batch][sourceHeight][sourceWidth][channels].</param>
    /// <param name="target">[batch][height][width][channels].</param>
    /// <param name="threads">Threads of a group.</param>
    public static void Launch(GpuDevice device, in PaddedImage image, ArrayView<float> source, ArrayView<float> target, int threads) =>
        device.Launch(Kernel, new Index3D(image.Batch * image.Height, 1, 1), new Index3D(threads, 1, 1), new Parameters
        {
            Source = source,
            Target = target,
            SourceHeight = image.SourceHeight,
            SourceWidth = image.SourceWidth,
            Channels = image.Channels,
            Top = image.Top,
            Left = image.Left,
            Repeat = image.Repeat,
            Height = image.Height,
            Width = image.Width,
        });

    internal static void Copy(Parameters p)
    {
        var image = Grid.IdxX / p.Height;
        var y = Grid.IdxX - (image * p.Height) - p.Top;
        var begin = Grid.IdxX * p.Width * p.Channels;
        var end = begin + (p.Width * p.Channels);
        var isInside = y >= 0 && y < p.Repeat * p.SourceHeight;
        var firstPixel = isInside ? begin + (p.Left * p.Channels) : end;
        for (var i = begin + Group.IdxX; i < firstPixel; i += Group.DimX)
        {
            p.Target[i] = 0f;
        }

        if (!isInside)
        {
            return;
        }

        var source = ((image * p.SourceHeight) + (y / p.Repeat)) * p.SourceWidth * p.Channels;
        var behindPixels = firstPixel + (p.Repeat * p.SourceWidth * p.Channels);
        if (p.Repeat == 1)
        {
            for (var i = Group.IdxX; i < p.SourceWidth * p.Channels; i += Group.DimX)
            {
                p.Target[firstPixel + i] = p.Source[source + i];
            }
        }
        else
        {
            for (var x = 0; x < p.Repeat * p.SourceWidth; x++)
            {
                for (var c = Group.IdxX; c < p.Channels; c += Group.DimX)
                {
                    p.Target[firstPixel + (x * p.Channels) + c] = p.Source[source + ((x / p.Repeat) * p.Channels) + c];
                }
            }
        }

        for (var i = behindPixels + Group.IdxX; i < end; i += Group.DimX)
        {
            p.Target[i] = 0f;
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Source;
        public ArrayView<float> Target;
        public int SourceHeight;
        public int SourceWidth;
        public int Channels;
        public int Top;
        public int Left;
        public int Repeat;
        public int Height;
        public int Width;
    }
}
