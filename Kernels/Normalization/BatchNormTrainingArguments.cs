namespace KernelDiff.Kernels.Normalization;

/// <summary>
/// Batch normalisation (Ioffe and Szegedy, 2015) of [rows][channels] with the statistics of the batch:
/// output = (input - mean) / sqrt(variance + epsilon) · weight + bias, with the mean and the biased variance of each channel.
/// The running statistics become (1 - momentum) · running + momentum · batch, with the unbiased variance, as in PyTorch.
/// </summary>
public readonly record struct BatchNormTrainingArguments : IOperationArguments
{
    /// <summary>[rows][channels].</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>[rows][channels]; may be the same span as the input.</summary>
    public required DeviceSpan<float> Output { get; init; }

    /// <summary>[channels]; absent for one.</summary>
    public DeviceSpan<float> Weight { get; init; }

    /// <summary>[channels]; absent for zero.</summary>
    public DeviceSpan<float> Bias { get; init; }

    /// <summary>[channels], updated in place; absent where no running statistics are kept.</summary>
    public DeviceSpan<float> RunningMean { get; init; }

    /// <summary>[channels], updated in place; present exactly if the running mean is.</summary>
    public DeviceSpan<float> RunningVariance { get; init; }

    /// <summary>[channels], written for backward; absent where nothing is to be differentiated.</summary>
    public DeviceSpan<float> Mean { get; init; }

    /// <summary>[channels], 1 / sqrt(variance + epsilon), written for backward; present exactly if the mean is.</summary>
    public DeviceSpan<float> ReciprocalDeviation { get; init; }

    /// <summary>Batch times pixels; at least 2, for a single value has no variance.</summary>
    public required int Rows { get; init; }

    public required int Channels { get; init; }

    /// <summary>Added to the variance.</summary>
    public required float Epsilon { get; init; }

    /// <summary>The part of the batch's statistics in the new running ones, from 0 to 1.</summary>
    public required float Momentum { get; init; }

    public long Bytes => sizeof(float)
        * ((2L * Input.Length) + Weight.Length + Bias.Length + Mean.Length + ReciprocalDeviation.Length
            + (2L * (RunningMean.Length + RunningVariance.Length)));

    public long FloatingPointOperations => 5L * Input.Length;

    public void Validate()
    {
        if (Rows < 2)
        {
            throw new ArgumentException($"Batch statistics need at least 2 values for each channel; there are {Rows} rows.");
        }

        if (!(Momentum >= 0 && Momentum <= 1))
        {
            throw new ArgumentException($"The momentum is {Momentum}; it must be from 0 to 1.");
        }

        var elements = NormalizationCheck.Shape(1, Rows, Channels, Channels, Epsilon);
        Check.Length("input", Input, elements);
        Check.Length("output", Output, elements);
        Check.OptionalLength("weight", Weight, Channels);
        Check.OptionalLength("bias", Bias, Channels);
        NormalizationCheck.Together("runningMean", RunningMean, "runningVariance", RunningVariance);
        Check.OptionalLength("runningMean", RunningMean, Channels);
        Check.OptionalLength("runningVariance", RunningVariance, Channels);
        NormalizationCheck.Together("mean", Mean, "reciprocalDeviation", ReciprocalDeviation);
        Check.OptionalLength("mean", Mean, Channels);
        Check.OptionalLength("reciprocalDeviation", ReciprocalDeviation, Channels);
    }

    public string Describe() => $"{Rows}x{Channels}";
}

/// <summary>
/// The gradients of <see cref="BatchNormTrainingArguments"/> for its input, weight and bias, through the statistics of the batch.
/// Saved for backward: the input and the statistics.
/// </summary>
public readonly record struct BatchNormTrainingBackwardArguments : IOperationArguments
{
    /// <summary>[rows][channels], the input of the forward call.</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>[channels], as the forward call wrote it.</summary>
    public required DeviceSpan<float> Mean { get; init; }

    /// <summary>[channels], as the forward call wrote it.</summary>
    public required DeviceSpan<float> ReciprocalDeviation { get; init; }

    /// <summary>[rows][channels].</summary>
    public required DeviceSpan<float> OutputGradient { get; init; }

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

    public long Bytes => sizeof(float)
        * ((2L * Input.Length) + InputGradient.Length + Mean.Length + ReciprocalDeviation.Length
            + Weight.Length + WeightGradient.Length + BiasGradient.Length);

    public long FloatingPointOperations => 10L * Input.Length;

    public void Validate()
    {
        var elements = NormalizationCheck.Shape(1, Rows, Channels, Channels, 0);
        Check.Length("input", Input, elements);
        Check.Length("outputGradient", OutputGradient, elements);
        Check.OptionalLength("inputGradient", InputGradient, elements);
        Check.Length("mean", Mean, Channels);
        Check.Length("reciprocalDeviation", ReciprocalDeviation, Channels);
        Check.OptionalLength("weight", Weight, Channels);
        Check.OptionalLength("weightGradient", WeightGradient, Channels);
        Check.OptionalLength("biasGradient", BiasGradient, Channels);
    }

    public string Describe() => $"{Rows}x{Channels}";
}
