namespace KernelDiff.Kernels.Normalization;

/// <summary>
/// Batch normalisation of [rows][channels] with running statistics:
/// output = (input - runningMean) / sqrt(runningVariance + epsilon) · weight + bias.
/// </summary>
public readonly record struct BatchNormEvaluationArguments : IOperationArguments
{
    /// <summary>[rows][channels].</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>[rows][channels]; may be the same span as the input.</summary>
    public required DeviceSpan<float> Output { get; init; }

    /// <summary>[channels].</summary>
    public required DeviceSpan<float> RunningMean { get; init; }

    /// <summary>[channels].</summary>
    public required DeviceSpan<float> RunningVariance { get; init; }

    /// <summary>[channels]; absent for one.</summary>
    public DeviceSpan<float> Weight { get; init; }

    /// <summary>[channels]; absent for zero.</summary>
    public DeviceSpan<float> Bias { get; init; }

    /// <summary>Batch times pixels.</summary>
    public required int Rows { get; init; }

    public required int Channels { get; init; }

    /// <summary>Added to the variance.</summary>
    public required float Epsilon { get; init; }

    public long Bytes => sizeof(float)
        * ((2L * Input.Length) + RunningMean.Length + RunningVariance.Length + Weight.Length + Bias.Length);

    public long FloatingPointOperations => 3L * Input.Length;

    public void Validate()
    {
        var elements = NormalizationCheck.Shape(1, Rows, Channels, Channels, Epsilon);
        Check.Length("input", Input, elements);
        Check.Length("output", Output, elements);
        Check.Length("runningMean", RunningMean, Channels);
        Check.Length("runningVariance", RunningVariance, Channels);
        Check.OptionalLength("weight", Weight, Channels);
        Check.OptionalLength("bias", Bias, Channels);
    }

    public string Describe() => $"{Rows}x{Channels}";
}

/// <summary>
/// The gradients of <see cref="BatchNormEvaluationArguments"/> for its input, weight and bias; the running statistics are constants.
/// Saved for backward: the input.
/// </summary>
public readonly record struct BatchNormEvaluationBackwardArguments : IOperationArguments
{
    /// <summary>[rows][channels], the input of the forward call.</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>[rows][channels].</summary>
    public required DeviceSpan<float> OutputGradient { get; init; }

    /// <summary>[channels], as in the forward call.</summary>
    public required DeviceSpan<float> RunningMean { get; init; }

    /// <summary>[channels], as in the forward call.</summary>
    public required DeviceSpan<float> RunningVariance { get; init; }

    /// <summary>[channels], as in the forward call.</summary>
    public DeviceSpan<float> Weight { get; init; }

    /// <summary>[rows][channels]; may be the same span as the output gradient; absent where it is not wanted.</summary>
    public DeviceSpan<float> InputGradient { get; init; }

    /// <summary>[channels]; absent where it is not wanted.</summary>
    public DeviceSpan<float> WeightGradient { get; init; }

    /// <summary>[channels]; absent where it is not wanted.</summary>
    public DeviceSpan<float> BiasGradient { get; init; }

    /// <summary>Whether the gradients of weight and bias are added to what is there; the input gradient is overwritten.</summary>
    public bool Accumulate { get; init; }

    /// <summary>Batch times pixels.</summary>
    public required int Rows { get; init; }

    public required int Channels { get; init; }

    /// <summary>As in the forward call.</summary>
    public required float Epsilon { get; init; }

    public long Bytes => sizeof(float)
        * ((2L * Input.Length) + InputGradient.Length + RunningMean.Length + RunningVariance.Length
            + Weight.Length + WeightGradient.Length + BiasGradient.Length);

    public long FloatingPointOperations => 6L * Input.Length;

    public void Validate()
    {
        var elements = NormalizationCheck.Shape(1, Rows, Channels, Channels, Epsilon);
        Check.Length("input", Input, elements);
        Check.Length("outputGradient", OutputGradient, elements);
        Check.OptionalLength("inputGradient", InputGradient, elements);
        Check.Length("runningMean", RunningMean, Channels);
        Check.Length("runningVariance", RunningVariance, Channels);
        Check.OptionalLength("weight", Weight, Channels);
        Check.OptionalLength("weightGradient", WeightGradient, Channels);
        Check.OptionalLength("biasGradient", BiasGradient, Channels);
    }

    public string Describe() => $"{Rows}x{Channels}";
}
