using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// output = f(convolution(input, weights) + bias + imageBias) + residual, with f the <see cref="Activation"/>. Saved for backward: input
/// and weights; f must then be <see cref="Pointwise.Activation.None"/>, because its own input is not stored.
/// </summary>
public readonly record struct ConvolutionArguments : IOperationArguments
{
    public required ConvolutionShape Shape { get; init; }

    /// <summary>[batch][height][width][inputChannels].</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>[kernelHeight][kernelWidth][inputChannels][outputChannels].</summary>
    public required DeviceSpan<float> Weights { get; init; }

    /// <summary>[outputChannels], or absent.</summary>
    public DeviceSpan<float> Bias { get; init; }

    /// <summary>[batch][outputChannels], or absent: one bias per image and channel, such as a projected time embedding.</summary>
    public DeviceSpan<float> ImageBias { get; init; }

    public Activation Activation { get; init; }

    /// <summary>[batch][outputHeight][outputWidth][outputChannels], or absent. Must not overlap the output.</summary>
    public DeviceSpan<float> Residual { get; init; }

    /// <summary>[batch][outputHeight][outputWidth][outputChannels]. Must not overlap any other operand.</summary>
    public required DeviceSpan<float> Output { get; init; }

    public long Bytes => sizeof(float) * ((long)Input.Length + Weights.Length + Bias.Length + ImageBias.Length + Residual.Length + Output.Length);

    public long FloatingPointOperations => Shape.FloatingPointOperations;

    public void Validate()
    {
        Shape.Validate();
        Check.Length("input", Input, Shape.InputLength);
        Check.Length("weights", Weights, Shape.WeightsLength);
        Check.OptionalLength("bias", Bias, Shape.OutputChannels);
        Check.OptionalLength("imageBias", ImageBias, (long)Shape.Batch * Shape.OutputChannels);
        Check.OptionalLength("residual", Residual, Shape.OutputLength);
        Check.Length("output", Output, Shape.OutputLength);
    }

    public string Describe() =>
        Shape.Describe()
        + (Bias.IsAbsent ? "" : " bias")
        + (ImageBias.IsAbsent ? "" : " image-bias")
        + (Activation == Activation.None ? "" : Activation == Activation.Silu ? " silu" : " gelu")
        + (Residual.IsAbsent ? "" : " residual");
}
