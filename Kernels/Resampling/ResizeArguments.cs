namespace KernelDiff.Kernels.Resampling;

/// <summary>Resizes the two inner axes of [batch, height, width, channels]. Nothing is saved for backward.</summary>
public readonly record struct ResizeArguments : IOperationArguments
{
    /// <summary>[batch, input height, input width, channels].</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>[batch, output height, output width, channels]; must not overlap the input.</summary>
    public required DeviceSpan<float> Output { get; init; }

    public required ResizeShape Shape { get; init; }

    public required ResizeMode Mode { get; init; }

    public long Bytes => sizeof(float) * ((long)Input.Length + Output.Length);

    public long FloatingPointOperations => Shape.FloatingPointOperations(Mode);

    public void Validate()
    {
        Shape.Validate(Mode);
        Check.Length("input", Input, Shape.InputLength);
        Check.Length("output", Output, Shape.OutputLength);
    }

    public string Describe() => $"{Mode} {Shape}";
}

/// <summary>The gradient of <see cref="ResizeArguments"/>: each input pixel gathers from the output pixels that it went into.</summary>
public readonly record struct ResizeBackwardArguments : IOperationArguments
{
    /// <summary>[batch, output height, output width, channels].</summary>
    public required DeviceSpan<float> OutputGradient { get; init; }

    /// <summary>[batch, input height, input width, channels]; must not overlap the output gradient.</summary>
    public required DeviceSpan<float> InputGradient { get; init; }

    /// <summary>The shape of the forward call.</summary>
    public required ResizeShape Shape { get; init; }

    public required ResizeMode Mode { get; init; }

    public long Bytes => sizeof(float) * ((long)InputGradient.Length + OutputGradient.Length);

    public long FloatingPointOperations => Shape.FloatingPointOperations(Mode);

    public void Validate()
    {
        Shape.Validate(Mode);
        Check.Length("outputGradient", OutputGradient, Shape.OutputLength);
        Check.Length("inputGradient", InputGradient, Shape.InputLength);
    }

    public string Describe() => $"{Mode} {Shape}";
}
