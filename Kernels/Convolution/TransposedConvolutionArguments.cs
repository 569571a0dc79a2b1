namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// Sizes of a transposed 2 x 2 convolution with stride 2, which doubles an image:
/// output[n, 2y + ky, 2x + kx, o] = Σ over c of input[n, y, x, c] · weights[ky, kx, c, o].
/// </summary>
public readonly record struct TransposedConvolutionShape
{
    /// <summary>Rows and columns of the kernel, and the stride.</summary>
    public const int Kernel = 2;

    public required int Batch { get; init; }

    /// <summary>Rows of an input image; the output has twice as many.</summary>
    public required int Height { get; init; }

    /// <summary>Columns of an input image; the output has twice as many.</summary>
    public required int Width { get; init; }

    public required int InputChannels { get; init; }

    public required int OutputChannels { get; init; }

    /// <summary>Elements of [batch][height][width][inputChannels].</summary>
    /// <exception cref="ArgumentException">More than 2^31 - 1.</exception>
    public int InputLength => Check.Elements(Batch, Height, Width, InputChannels);

    /// <summary>Elements of [2][2][inputChannels][outputChannels].</summary>
    /// <exception cref="ArgumentException">More than 2^31 - 1.</exception>
    public int WeightsLength => Check.Elements(Kernel, Kernel, InputChannels, OutputChannels);

    /// <summary>Elements of [batch][2 · height][2 · width][outputChannels].</summary>
    /// <exception cref="ArgumentException">More than 2^31 - 1.</exception>
    public int OutputLength => Check.Elements(Batch, Kernel, Height, Kernel, Width, OutputChannels);

    public long FloatingPointOperations => 2L * Batch * Height * Width * Kernel * Kernel * InputChannels * OutputChannels;

    /// <exception cref="ArgumentException">A size is not positive, or a tensor has over 2^31 - 1 elements.</exception>
    public void Validate()
    {
        Check.Positive("batch", Batch);
        Check.Positive("height", Height);
        Check.Positive("width", Width);
        Check.Positive("inputChannels", InputChannels);
        Check.Positive("outputChannels", OutputChannels);
        _ = InputLength;
        _ = WeightsLength;
        _ = OutputLength;
    }

    /// <summary>For example <c>1x32x32x128-64</c>.</summary>
    public string Describe() => $"{Batch}x{Height}x{Width}x{InputChannels}-{OutputChannels}";

    /// <summary>The record's own text would compute lengths, which an invalid shape refuses.</summary>
    public override string ToString() => Describe();
}

/// <summary>output = transposed convolution(input, weights) + bias. Saved for backward: input and weights.</summary>
public readonly record struct TransposedConvolutionArguments : IOperationArguments
{
    public required TransposedConvolutionShape Shape { get; init; }

    /// <summary>[batch][height][width][inputChannels].</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>[2][2][inputChannels][outputChannels].</summary>
    public required DeviceSpan<float> Weights { get; init; }

    /// <summary>[outputChannels], or absent. Its gradient: <see cref="BiasGradientArguments"/>.</summary>
    public DeviceSpan<float> Bias { get; init; }

    /// <summary>[batch][2 · height][2 · width][outputChannels]. Must not overlap any other operand.</summary>
    public required DeviceSpan<float> Output { get; init; }

    public long Bytes => sizeof(float) * ((long)Input.Length + Weights.Length + Bias.Length + Output.Length);

    public long FloatingPointOperations => Shape.FloatingPointOperations;

    public void Validate()
    {
        Shape.Validate();
        Check.Length("input", Input, Shape.InputLength);
        Check.Length("weights", Weights, Shape.WeightsLength);
        Check.OptionalLength("bias", Bias, Shape.OutputChannels);
        Check.Length("output", Output, Shape.OutputLength);
    }

    public string Describe() => Shape.Describe() + (Bias.IsAbsent ? "" : " bias");
}

/// <summary>inputGradient (+)= the derivative of Σ outputGradient · transposed convolution(input, weights) by the input.</summary>
public readonly record struct TransposedConvolutionInputGradientArguments : IOperationArguments
{
    /// <summary>The shape of the forward call.</summary>
    public required TransposedConvolutionShape Shape { get; init; }

    /// <summary>[batch][2 · height][2 · width][outputChannels].</summary>
    public required DeviceSpan<float> OutputGradient { get; init; }

    /// <summary>[2][2][inputChannels][outputChannels].</summary>
    public required DeviceSpan<float> Weights { get; init; }

    /// <summary>[batch][height][width][inputChannels]. Must not overlap any other operand.</summary>
    public required DeviceSpan<float> InputGradient { get; init; }

    /// <summary>Whether to add to what the gradient holds; otherwise it is overwritten.</summary>
    public bool Accumulate { get; init; }

    public long Bytes => sizeof(float) * ((long)OutputGradient.Length + Weights.Length + ((Accumulate ? 2L : 1L) * InputGradient.Length));

    public long FloatingPointOperations => Shape.FloatingPointOperations;

    public void Validate()
    {
        Shape.Validate();
        Check.Length("outputGradient", OutputGradient, Shape.OutputLength);
        Check.Length("weights", Weights, Shape.WeightsLength);
        Check.Length("inputGradient", InputGradient, Shape.InputLength);
    }

    public string Describe() => Shape.Describe() + (Accumulate ? " accumulate" : "");
}

/// <summary>weightsGradient (+)= the derivative of Σ outputGradient · transposed convolution(input, weights) by the weights.</summary>
public readonly record struct TransposedConvolutionWeightGradientArguments : IOperationArguments
{
    /// <summary>The shape of the forward call.</summary>
    public required TransposedConvolutionShape Shape { get; init; }

    /// <summary>[batch][height][width][inputChannels].</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>[batch][2 · height][2 · width][outputChannels].</summary>
    public required DeviceSpan<float> OutputGradient { get; init; }

    /// <summary>[2][2][inputChannels][outputChannels]. Must not overlap any other operand.</summary>
    public required DeviceSpan<float> WeightsGradient { get; init; }

    /// <summary>Whether to add to what the gradient holds; otherwise it is overwritten.</summary>
    public bool Accumulate { get; init; }

    public long Bytes => sizeof(float) * ((long)Input.Length + OutputGradient.Length + ((Accumulate ? 2L : 1L) * WeightsGradient.Length));

    public long FloatingPointOperations => Shape.FloatingPointOperations;

    public void Validate()
    {
        Shape.Validate();
        Check.Length("input", Input, Shape.InputLength);
        Check.Length("outputGradient", OutputGradient, Shape.OutputLength);
        Check.Length("weightsGradient", WeightsGradient, Shape.WeightsLength);
    }

    public string Describe() => Shape.Describe() + (Accumulate ? " accumulate" : "");
}
