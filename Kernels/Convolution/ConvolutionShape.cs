namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// Sizes and options of a convolution, shared by the forward operation and its gradients:
/// output[n, y, x, o] = Σ over ky, kx, c of input[n, y·stride + ky - top, x·stride + kx - left, c] · weights[ky, kx, c, o], where the
/// input is zero outside its borders and, with <see cref="Upsample"/>, every pixel of it stands for a block of 2 x 2.
/// </summary>
public readonly record struct ConvolutionShape
{
    /// <summary>The largest kernel, in either direction.</summary>
    public const int MaximumKernel = 11;

    /// <summary>The largest stride.</summary>
    public const int MaximumStride = 4;

    public ConvolutionShape()
    {
    }

    /// <summary>Images.</summary>
    public required int Batch { get; init; }

    /// <summary>Rows of an input image, before up-sampling.</summary>
    public required int Height { get; init; }

    /// <summary>Columns of an input image, before up-sampling.</summary>
    public required int Width { get; init; }

    public required int InputChannels { get; init; }

    public required int OutputChannels { get; init; }

    public required int KernelHeight { get; init; }

    public required int KernelWidth { get; init; }

    /// <summary>Pixels between neighbouring windows, in both directions.</summary>
    public int Stride { get; init; } = 1;

    /// <summary>Whether the kernel is one pixel that meets every pixel of the input: then the convolution is a matrix product.</summary>
    internal bool IsMatrixProduct =>
        KernelHeight == 1 && KernelWidth == 1 && Stride == 1 && !Upsample && Padding == ConvolutionPadding.All(0);

    /// <summary>Zeros around the input; around the up-sampled input where there is <see cref="Upsample"/>.</summary>
    public ConvolutionPadding Padding { get; init; }

    /// <summary>Whether the input is up-sampled by 2 first, every pixel repeated, without being stored.</summary>
    public bool Upsample { get; init; }

    /// <summary>Rows that the kernel slides over, padding not counted.</summary>
    public int SampledHeight => Upsample ? 2 * Height : Height;

    /// <summary>Columns that the kernel slides over, padding not counted.</summary>
    public int SampledWidth => Upsample ? 2 * Width : Width;

    public int OutputHeight => ((SampledHeight + Padding.Top + Padding.Bottom - KernelHeight) / Stride) + 1;

    public int OutputWidth => ((SampledWidth + Padding.Left + Padding.Right - KernelWidth) / Stride) + 1;

    /// <summary>Taps of the kernel.</summary>
    public int Taps => KernelHeight * KernelWidth;

    /// <summary>Elements of [batch][height][width][inputChannels].</summary>
    /// <exception cref="ArgumentException">More than 2^31 - 1.</exception>
    public int InputLength => Check.Elements(Batch, Height, Width, InputChannels);

    /// <summary>Elements of [kernelHeight][kernelWidth][inputChannels][outputChannels].</summary>
    /// <exception cref="ArgumentException">More than 2^31 - 1.</exception>
    public int WeightsLength => Check.Elements(KernelHeight, KernelWidth, InputChannels, OutputChannels);

    /// <summary>Elements of [batch][outputHeight][outputWidth][outputChannels].</summary>
    /// <exception cref="ArgumentException">More than 2^31 - 1.</exception>
    public int OutputLength => Check.Elements(Batch, OutputHeight, OutputWidth, OutputChannels);

    /// <summary>Two for each tap of each output element, taps that meet padding included.</summary>
    public long FloatingPointOperations => 2L * Batch * OutputHeight * OutputWidth * Taps * InputChannels * OutputChannels;

    /// <exception cref="ArgumentException">A size or option is out of range, or the kernel is larger than the padded input.</exception>
    public void Validate()
    {
        Check.Positive("batch", Batch);
        Check.Positive("height", Height);
        Check.Positive("width", Width);
        Check.Positive("inputChannels", InputChannels);
        Check.Positive("outputChannels", OutputChannels);
        CheckKernel("height", KernelHeight);
        CheckKernel("width", KernelWidth);
        if (Stride is < 1 or > MaximumStride)
        {
            throw new ArgumentException($"The stride of a convolution is {Stride}; it must be from 1 to {MaximumStride}.");
        }

        if (Padding.Top < 0 || Padding.Bottom < 0 || Padding.Left < 0 || Padding.Right < 0)
        {
            throw new ArgumentException($"The padding {Padding} of a convolution has a negative side.");
        }

        CheckFits("height", SampledHeight + (long)Padding.Top + Padding.Bottom, KernelHeight);
        CheckFits("width", SampledWidth + (long)Padding.Left + Padding.Right, KernelWidth);
        _ = InputLength;
        _ = WeightsLength;
        _ = OutputLength;
    }

    /// <summary>For example <c>4x64x64x224-224 3x3 padding 1</c>.</summary>
    public string Describe() =>
        $"{Batch}x{Height}x{Width}x{InputChannels}-{OutputChannels} {KernelHeight}x{KernelWidth}"
        + (Stride == 1 ? "" : $" stride {Stride}")
        + (Padding == default ? "" : $" padding {Padding}")
        + (Upsample ? " upsample" : "");

    /// <summary>The record's own text would compute lengths, which an invalid shape refuses.</summary>
    public override string ToString() => Describe();

    private static void CheckKernel(string side, int size)
    {
        if (size is < 1 or > MaximumKernel)
        {
            throw new ArgumentException($"The kernel's {side} of a convolution is {size}; it must be from 1 to {MaximumKernel}.");
        }
    }

    private static void CheckFits(string side, long padded, int kernel)
    {
        if (padded < kernel)
        {
            throw new ArgumentException(
                $"The kernel's {side} of {kernel} does not fit into the padded input's {side} of {padded}: the output would be empty.");
        }

        if (padded > int.MaxValue)
        {
            throw new ArgumentException($"The padded input's {side} of {padded} is over the limit of {int.MaxValue}.");
        }
    }
}
