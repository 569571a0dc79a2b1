namespace KernelDiff.Kernels.Convolution;

/// <summary>inputGradient (+)= the derivative of Σ outputGradient · convolution(input, weights) by the input.</summary>
public readonly record struct ConvolutionInputGradientArguments : IOperationArguments
{
    /// <summary>The shape of the forward call.</summary>
    public required ConvolutionShape Shape { get; init; }

    /// <summary>[batch][outputHeight][outputWidth][outputChannels].</summary>
    public required DeviceSpan<float> OutputGradient { get; init; }

    /// <summary>[kernelHeight][kernelWidth][inputChannels][outputChannels].</summary>
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

/// <summary>weightsGradient (+)= the derivative of Σ outputGradient · convolution(input, weights) by the weights.</summary>
public readonly record struct ConvolutionWeightGradientArguments : IOperationArguments
{
    /// <summary>The shape of the forward call.</summary>
    public required ConvolutionShape Shape { get; init; }

    /// <summary>[batch][height][width][inputChannels].</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>[batch][outputHeight][outputWidth][outputChannels].</summary>
    public required DeviceSpan<float> OutputGradient { get; init; }

    /// <summary>[kernelHeight][kernelWidth][inputChannels][outputChannels]. Must not overlap any other operand.</summary>
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
