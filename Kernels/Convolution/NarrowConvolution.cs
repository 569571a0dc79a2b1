using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// Convolutions to very few channels, such as the last layer of a decoder. Vectors run over the taps and channels of the input, which are
/// consecutive along a row of the kernel, because vectors of output channels would be mostly padding.
/// </summary>
internal readonly unsafe struct NarrowConvolution : ISimdKernel<ConvolutionArguments>
{
    // With more output channels than two groups take, vectors of output channels waste less.
    private const int MaximumChannels = 2 * NarrowTile.Channels;

    // Below this many input channels vectors of them would be mostly padding at the borders.
    private const int PayingInputChannels = 16;

    public static bool Supports(ConvolutionArguments arguments) =>
        arguments.Shape.OutputChannels <= MaximumChannels && !arguments.Shape.Upsample;

    public static bool Pays(ConvolutionArguments arguments) => arguments.Shape.InputChannels >= PayingInputChannels;

    public static void Run<T>(CpuDevice device, in ConvolutionArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var shape = arguments.Shape;
        var groups = (shape.OutputChannels + NarrowTile.Channels - 1) / NarrowTile.Channels;
        var taps = shape.KernelHeight * shape.KernelWidth * shape.InputChannels;
        using var weights = device.Rent<float>(Check.Elements(groups, NarrowTile.Channels, taps));
        Transpose(arguments.Weights.Pointer(), taps, shape.OutputChannels, weights.Span.Length / taps, weights.Span.Pointer());
        var rows = new NarrowConvolutionRows<T>(arguments, weights.Span.Pointer());
        device.Workers.For(shape.Batch * rows.Blocks, rows);
    }

    /// <summary>[taps][channels] becomes [paddedChannels][taps], padded with zeros.</summary>
    private static void Transpose(float* source, int taps, int channels, int paddedChannels, float* destination)
    {
        for (var channel = 0; channel < paddedChannels; channel++)
        {
            for (var tap = 0; tap < taps; tap++)
            {
                *destination++ = channel < channels ? source[((long)tap * channels) + channel] : 0;
            }
        }
    }
}

/// <summary>A few rows of an output image, which share rows of the input: tiles of four pixels by three channels.</summary>
internal readonly unsafe struct NarrowConvolutionRows<T>(in ConvolutionArguments arguments, float* weights) : IWorkItem
    where T : unmanaged, ISimd<T>
{
    private const int RowsPerBlock = 4;

    private readonly ConvolutionShape shape = arguments.Shape;
    private readonly Activation activation = arguments.Activation;
    private readonly float* input = arguments.Input.Pointer();
    private readonly float* output = arguments.Output.Pointer();
    private readonly float* bias = arguments.Bias.Pointer();
    private readonly float* imageBias = arguments.ImageBias.Pointer();
    private readonly float* residual = arguments.Residual.Pointer();

    /// <summary>Work items of one image.</summary>
    public int Blocks => (shape.OutputHeight + RowsPerBlock - 1) / RowsPerBlock;

    public void Run(int index)
    {
        var (image, block) = Math.DivRem(index, Blocks);
        using var scratch = WorkerScratch.Open();
        var zeros = scratch.Take<float>(shape.InputChannels);
        new Span<float>(zeros, shape.InputChannels).Clear();
        var groups = (shape.OutputChannels + NarrowTile.Channels - 1) / NarrowTile.Channels;
        var sums = scratch.Take<float>(NarrowTile.Pixels * groups * NarrowTile.Channels);
        var end = Math.Min(shape.OutputHeight, (block + 1) * RowsPerBlock);
        for (var row = block * RowsPerBlock; row < end; row++)
        {
            Run(image, row, zeros, sums, groups);
        }
    }

    [MethodImpl(HotLoop.Options)]
    private void Run(int image, int row, float* zeros, float* sums, int groups)
    {
        var pitch = groups * NarrowTile.Channels;
        for (var column = 0; column < shape.OutputWidth; column += NarrowTile.Pixels)
        {
            for (var group = 0; group < groups; group++)
            {
                var tile = default(NarrowTile<T>);
                Multiply(ref tile, image, row, column, group, zeros);
                tile.Store(sums + (group * NarrowTile.Channels), pitch);
            }

            var pixels = Math.Min(NarrowTile.Pixels, shape.OutputWidth - column);
            for (var pixel = 0; pixel < pixels; pixel++)
            {
                var target = (((((long)image * shape.OutputHeight) + row) * shape.OutputWidth) + column + pixel) * shape.OutputChannels;
                Finish(sums + (pixel * pitch), image, target);
            }
        }
    }

    private void Multiply(ref NarrowTile<T> tile, int image, int row, int column, int group, float* zeros)
    {
        var channels = shape.InputChannels;
        var taps = shape.KernelHeight * shape.KernelWidth * channels;
        var kernelRow = shape.KernelWidth * channels;
        var step = shape.Stride;

        // A tile at the end of a row computes its last pixel several times.
        var last = shape.OutputWidth - 1;
        var x0 = (column * step) - shape.Padding.Left;
        var x1 = (Math.Min(column + 1, last) * step) - shape.Padding.Left;
        var x2 = (Math.Min(column + 2, last) * step) - shape.Padding.Left;
        var x3 = (Math.Min(column + 3, last) * step) - shape.Padding.Left;
        var isInside = x0 >= 0 && x3 + shape.KernelWidth <= shape.Width;
        var panel = weights + ((long)group * NarrowTile.Channels * taps);
        for (var tapY = 0; tapY < shape.KernelHeight; tapY++, panel += kernelRow)
        {
            var y = (row * step) - shape.Padding.Top + tapY;
            if (y < 0 || y >= shape.Height)
            {
                continue;
            }

            var line = input + ((((long)image * shape.Height) + y) * shape.Width * channels);
            if (isInside)
            {
                tile.MultiplyAdd(
                    line + ((long)x0 * channels),
                    line + ((long)x1 * channels),
                    line + ((long)x2 * channels),
                    line + ((long)x3 * channels),
                    panel,
                    taps,
                    kernelRow);
                continue;
            }

            for (var tapX = 0; tapX < shape.KernelWidth; tapX++)
            {
                tile.MultiplyAdd(
                    Pixel(line, x0 + tapX, zeros),
                    Pixel(line, x1 + tapX, zeros),
                    Pixel(line, x2 + tapX, zeros),
                    Pixel(line, x3 + tapX, zeros),
                    panel + (tapX * channels),
                    taps,
                    channels);
            }
        }
    }

    private float* Pixel(float* line, int x, float* zeros) =>
        x >= 0 && x < shape.Width ? line + ((long)x * shape.InputChannels) : zeros;

    /// <summary>output = activation(sum + bias + imageBias) + residual for one pixel.</summary>
    private void Finish(float* sums, int image, long target)
    {
        for (var i = 0; i < shape.OutputChannels; i += T.Width)
        {
            var count = Math.Min(T.Width, shape.OutputChannels - i);
            var value = T.LoadPartial(sums + i, count);
            if (bias != null)
            {
                value += T.LoadPartial(bias + i, count);
            }

            if (imageBias != null)
            {
                value += T.LoadPartial(imageBias + ((long)image * shape.OutputChannels) + i, count);
            }

            if (activation == Activation.Silu)
            {
                value = SimdMath.Silu(value);
            }
            else if (activation == Activation.Gelu)
            {
                value = SimdMath.Gelu(value);
            }

            if (residual != null)
            {
                value += T.LoadPartial(residual + target + i, count);
            }

            T.StorePartial(value, output + target + i, count);
        }
    }
}
