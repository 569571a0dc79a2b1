using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Walks over the target pixels of a phase tile by tile, and finds the source pixels of each.</summary>
internal unsafe struct TilePixels
{
    private readonly GatherConvolution convolution;
    private readonly GatherAxis vertical;
    private readonly GatherAxis horizontal;
    private readonly float* source;
    private readonly float* target;
    private readonly float* zeros;
    private int image;
    private int row;
    private int column;

    public TilePixels(
        GatherConvolution convolution, GatherPhase phase, float* source, float* target, int maximumRows, in WorkerScratch scratch)
    {
        this.convolution = convolution;
        vertical = phase.Vertical;
        horizontal = phase.Horizontal;
        this.source = source;
        this.target = target;
        Sources = (float**)scratch.Take<nint>((long)phase.Taps * maximumRows);
        Targets = (float**)scratch.Take<nint>(maximumRows);
        Images = scratch.Take<int>(maximumRows);
        zeros = scratch.Take<float>(convolution.SourceChannels);
        new Span<float>(zeros, convolution.SourceChannels).Clear();
    }

    /// <summary>For every tap, the source pixel of every row of the tile.</summary>
    public float** Sources { get; }

    /// <summary>The target pixel of every row of the tile.</summary>
    public float** Targets { get; }

    /// <summary>The image of every row of the tile.</summary>
    public int* Images { get; }

    /// <summary>Goes to a pixel, counted over all images.</summary>
    public void Seek(int pixel)
    {
        (pixel, column) = Math.DivRem(pixel, horizontal.TargetCount);
        (image, row) = Math.DivRem(pixel, vertical.TargetCount);
    }

    /// <summary>Fills the pointers of the next tile and steps behind it.</summary>
    [MethodImpl(HotLoop.Options)]
    public void Locate(int rows, int firstTap, int taps, int firstChannel)
    {
        for (var i = 0; i < rows; i++)
        {
            var y = vertical.TargetStart + (row * vertical.TargetStep);
            var x = horizontal.TargetStart + (column * horizontal.TargetStep);
            Images[i] = image;
            Targets[i] = target + (Pixel(image, y, x, convolution.TargetHeight, convolution.TargetWidth) * convolution.TargetChannels);
            LocateSources(i, rows, firstTap, taps, firstChannel);
            Advance();
        }
    }

    private static long Pixel(int image, int y, int x, int height, int width) => ((((long)image * height) + y) * width) + x;

    private readonly void LocateSources(int i, int rows, int firstTap, int taps, int firstChannel)
    {
        var y = vertical.SourceStart + (row * vertical.SourceStep);
        var x = horizontal.SourceStart + (column * horizontal.SourceStep);
        var first = source + (Pixel(image, y, x, convolution.SourceHeight, convolution.SourceWidth) * convolution.SourceChannels) + firstChannel;
        var (tapY, tapX) = Math.DivRem(firstTap, horizontal.Taps);
        var pointers = Sources + i;
        for (var tap = 0; tap < taps; tap++, pointers += rows)
        {
            var inside = (uint)(y + tapY) < (uint)convolution.SourceHeight && (uint)(x + tapX) < (uint)convolution.SourceWidth;
            *pointers = inside
                ? first + ((((long)tapY * convolution.SourceWidth) + tapX) * convolution.SourceChannels)
                : zeros;
            if (++tapX == horizontal.Taps)
            {
                tapX = 0;
                tapY++;
            }
        }
    }

    private void Advance()
    {
        if (++column == horizontal.TargetCount)
        {
            column = 0;
            if (++row == vertical.TargetCount)
            {
                row = 0;
                image++;
            }
        }
    }
}
