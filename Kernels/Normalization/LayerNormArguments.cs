namespace KernelDiff.Kernels.Normalization;

/// <summary>
/// Layer normalisation (Ba, Kiros and Hinton, 2016) over the last axis of [rows][columns]:
/// output = (input - mean) / sqrt(variance + epsilon) · weight + bias, with the mean and the biased variance of each row.
/// </summary>
public readonly record struct LayerNormArguments : IOperationArguments
{
    /// <summary>[rows][columns].</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>[rows][columns]; may be the same span as the input.</summary>
    public required DeviceSpan<float> Output { get; init; }

    /// <summary>[columns]; absent for one.</summary>
    public DeviceSpan<float> Weight { get; init; }

    /// <summary>[columns]; absent for zero.</summary>
    public DeviceSpan<float> Bias { get; init; }

    /// <summary>[rows], written for backward; absent where nothing is to be differentiated.</summary>
    public DeviceSpan<float> Mean { get; init; }

    /// <summary>[rows], 1 / sqrt(variance + epsilon), written for backward; present exactly if the mean is.</summary>
    public DeviceSpan<float> ReciprocalDeviation { get; init; }

    /// <summary>Batch times tokens.</summary>
    public required int Rows { get; init; }

    /// <summary>Channels.</summary>
    public required int Columns { get; init; }

    /// <summary>Added to the variance.</summary>
    public required float Epsilon { get; init; }

    public long Bytes => sizeof(float)
        * ((2L * Input.Length) + Weight.Length + Bias.Length + Mean.Length + ReciprocalDeviation.Length);

    public long FloatingPointOperations => 7L * Input.Length;

    public void Validate()
    {
        Check.Positive("rows", Rows);
        Check.Positive("columns", Columns);
        NormalizationCheck.Epsilon(Epsilon);
        var elements = Check.Elements(Rows, Columns);
        Check.Length("input", Input, elements);
        Check.Length("output", Output, elements);
        Check.OptionalLength("weight", Weight, Columns);
        Check.OptionalLength("bias", Bias, Columns);
        NormalizationCheck.Together("mean", Mean, "reciprocalDeviation", ReciprocalDeviation);
        Check.OptionalLength("mean", Mean, Rows);
        Check.OptionalLength("reciprocalDeviation", ReciprocalDeviation, Rows);
    }

    public string Describe() => $"{Rows}x{Columns}";
}

/// <summary>
/// The gradients of <see cref="LayerNormArguments"/> for its input, weight and bias. Saved for backward: the input and the statistics.
/// </summary>
public readonly record struct LayerNormBackwardArguments : IOperationArguments
{
    /// <summary>[rows][columns], the input of the forward call.</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>[rows], as the forward call wrote it.</summary>
    public required DeviceSpan<float> Mean { get; init; }

    /// <summary>[rows], as the forward call wrote it.</summary>
    public required DeviceSpan<float> ReciprocalDeviation { get; init; }

    /// <summary>[rows][columns].</summary>
    public required DeviceSpan<float> OutputGradient { get; init; }

    /// <summary>[columns], as in the forward call.</summary>
    public DeviceSpan<float> Weight { get; init; }

    /// <summary>[rows][columns]; may be the same span as the output gradient; absent where it is not wanted.</summary>
    public DeviceSpan<float> InputGradient { get; init; }

    /// <summary>[columns]; absent where it is not wanted.</summary>
    public DeviceSpan<float> WeightGradient { get; init; }

    /// <summary>[columns]; absent where it is not wanted.</summary>
    public DeviceSpan<float> BiasGradient { get; init; }

    /// <summary>Whether the gradients of weight and bias are added to what is there; the input gradient is overwritten.</summary>
    public bool Accumulate { get; init; }

    /// <summary>Batch times tokens.</summary>
    public required int Rows { get; init; }

    /// <summary>Channels.</summary>
    public required int Columns { get; init; }

    public long Bytes => sizeof(float)
        * ((2L * Input.Length) + InputGradient.Length + Mean.Length + ReciprocalDeviation.Length
            + Weight.Length + WeightGradient.Length + BiasGradient.Length);

    public long FloatingPointOperations => 12L * Input.Length;

    public void Validate()
    {
        Check.Positive("rows", Rows);
        Check.Positive("columns", Columns);
        var elements = Check.Elements(Rows, Columns);
        Check.Length("input", Input, elements);
        Check.Length("outputGradient", OutputGradient, elements);
        Check.OptionalLength("inputGradient", InputGradient, elements);
        Check.Length("mean", Mean, Rows);
        Check.Length("reciprocalDeviation", ReciprocalDeviation, Rows);
        Check.OptionalLength("weight", Weight, Columns);
        Check.OptionalLength("weightGradient", WeightGradient, Columns);
        Check.OptionalLength("biasGradient", BiasGradient, Columns);
    }

    public string Describe() => $"{Rows}x{Columns}";
}
