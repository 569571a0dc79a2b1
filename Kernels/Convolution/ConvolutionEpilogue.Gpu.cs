using System.Runtime.CompilerServices;
using ILGPU;
using KernelDiff.Kernels.Gpu;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// Where the sums of a phase go, and what is applied to them: f(sum + target + bias + imageBias) + residual. The options are run-time
/// values: they cost a branch that all threads take alike, where type arguments would cost one compiled program for each combination.
/// </summary>
internal struct ConvolutionEpilogue
{
    public ArrayView<float> Target;
    public ArrayView<float> Bias;
    public ArrayView<float> ImageBias;
    public ArrayView<float> Residual;
    public int HasBias;
    public int HasImageBias;
    public int HasResidual;
    public int Accumulate;
    public int Activation;
    public int Channels;

    // Elements from one image, row, pixel of the phase to the next, and its first element.
    public int ImageStride;
    public int RowStride;
    public int PixelStride;
    public int Origin;

    /// <summary>The epilogue of a convolution, before it is placed on a phase.</summary>
    public static ConvolutionEpilogue Of(GpuDevice device, GatherConvolution convolution, in GatherOperands operands) => new()
    {
        Target = device.View(operands.Target),
        Bias = device.View(operands.Bias),
        ImageBias = device.View(operands.ImageBias),
        Residual = device.View(operands.Residual),
        HasBias = operands.Bias.IsAbsent ? 0 : 1,
        HasImageBias = operands.ImageBias.IsAbsent ? 0 : 1,
        HasResidual = operands.Residual.IsAbsent ? 0 : 1,
        Accumulate = operands.Accumulate ? 1 : 0,
        Activation = (int)operands.Activation,
        Channels = convolution.TargetChannels,
        ImageStride = convolution.TargetHeight * convolution.TargetWidth * convolution.TargetChannels,
    };

    /// <summary>This epilogue for the targets of a phase.</summary>
    public readonly ConvolutionEpilogue For(GatherConvolution convolution, GatherPhase phase)
    {
        var epilogue = this;
        var rowLength = convolution.TargetWidth * convolution.TargetChannels;
        epilogue.RowStride = phase.Vertical.TargetStep * rowLength;
        epilogue.PixelStride = phase.Horizontal.TargetStep * convolution.TargetChannels;
        epilogue.Origin = (phase.Vertical.TargetStart * rowLength) + (phase.Horizontal.TargetStart * convolution.TargetChannels);
        return epilogue;
    }

    /// <summary>An epilogue that writes sums as they are to [image][pixel of the phase][channel].</summary>
    public static ConvolutionEpilogue Raw(ArrayView<float> sums, GatherConvolution convolution, GatherPhase phase) => new()
    {
        Target = sums,
        Bias = sums,
        ImageBias = sums,
        Residual = sums,
        Channels = convolution.TargetChannels,
        ImageStride = phase.Pixels * convolution.TargetChannels,
        RowStride = phase.Horizontal.TargetCount * convolution.TargetChannels,
        PixelStride = convolution.TargetChannels,
    };

    /// <summary>Index of the first channel of a target pixel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int PixelIndex(int image, int row, int column) =>
        Origin + (image * ImageStride) + (row * RowStride) + (column * PixelStride);

    /// <summary>Finishes and writes one element.</summary>
    /// <param name="sum">The sum of products.</param>
    /// <param name="channel">Channel of the element.</param>
    /// <param name="pixel"><see cref="PixelIndex"/> of its pixel.</param>
    /// <param name="image">Its image.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(float sum, int channel, int pixel, int image)
    {
        var value = sum;
        if (Accumulate != 0)
        {
            value += Target[pixel + channel];
        }

        if (HasBias != 0)
        {
            value += Bias[channel];
        }

        if (HasImageBias != 0)
        {
            value += ImageBias[(image * Channels) + channel];
        }

        if (Activation == (int)Pointwise.Activation.Silu)
        {
            value = GpuMath.Silu(value);
        }

        if (Activation == (int)Pointwise.Activation.Gelu)
        {
            value = GpuMath.Gelu(value);
        }

        if (HasResidual != 0)
        {
            value += Residual[pixel + channel];
        }

        Target[pixel + channel] = value;
    }

    /// <summary>
    /// Finishes and writes consecutive channels of a pixel: the work of one thread that is a CPU core. A loop for each step, because OpenCL
    /// compilers for CPUs vectorise small loops without branches.
    /// </summary>
    /// <param name="sums">Sums of products, which are overwritten.</param>
    /// <param name="first">Index of the first sum.</param>
    /// <param name="count">Number of channels.</param>
    /// <param name="channel">The first channel.</param>
    /// <param name="pixel"><see cref="PixelIndex"/> of the pixel.</param>
    /// <param name="image">Its image.</param>
    public readonly void StorePixel(ArrayView<float> sums, int first, int count, int channel, int pixel, int image)
    {
        pixel += channel;
        if (Accumulate != 0)
        {
            Add(sums, first, Target, pixel, count);
        }

        if (HasBias != 0)
        {
            Add(sums, first, Bias, channel, count);
        }

        if (HasImageBias != 0)
        {
            Add(sums, first, ImageBias, (image * Channels) + channel, count);
        }

        if (Activation == (int)Pointwise.Activation.Silu)
        {
            for (var i = 0; i < count; i++)
            {
                sums[first + i] = GpuMath.Silu(sums[first + i]);
            }
        }

        if (Activation == (int)Pointwise.Activation.Gelu)
        {
            for (var i = 0; i < count; i++)
            {
                sums[first + i] = GpuMath.Gelu(sums[first + i]);
            }
        }

        if (HasResidual != 0)
        {
            Add(sums, first, Residual, pixel, count);
        }

        for (var i = 0; i < count; i++)
        {
            Target[pixel + i] = sums[first + i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ArrayView<float> sums, int first, ArrayView<float> addends, int firstAddend, int count)
    {
        for (var i = 0; i < count; i++)
        {
            sums[first + i] += addends[firstAddend + i];
        }
    }
}
