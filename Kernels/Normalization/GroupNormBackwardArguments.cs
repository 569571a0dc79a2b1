namespace KernelDiff.Kernels.Normalization;

/// <summary>
/// The gradients of <see cref="GroupNormArguments"/> for its input, weight, bias, scale and shift. Saved for backward: the input and
/// the statistics; what lies between is computed again.
/// </summary>
public readonly record struct GroupNormBackwardArguments : IOperationArguments
{
    /// <summary>[batch][pixels][channels], the input of the forward call.</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>[batch][groups], as the forward call wrote it.</summary>
    public required DeviceSpan<float> Mean { get; init; }

    /// <summary>[batch][groups], as the forward call wrote it.</summary>
    public required DeviceSpan<float> ReciprocalDeviation { get; init; }

    /// <summary>[batch][pixels][channels].</summary>
    public required DeviceSpan<float> OutputGradient { get; init; }

    /// <summary>[channels], as in the forward call.</summary>
    public DeviceSpan<float> Weight { get; init; }

    /// <summary>[channels], as in the forward call: SiLU and the scale are differentiated at a point that depends on it.</summary>
    public DeviceSpan<float> Bias { get; init; }

    /// <summary>[batch][channels] with rows <see cref="ScaleShiftStride"/> apart, as in the forward call.</summary>
    public DeviceSpan<float> Scale { get; init; }

    /// <summary>[batch][channels] with rows <see cref="ScaleShiftStride"/> apart, as in the forward call.</summary>
    public DeviceSpan<float> Shift { get; init; }

    /// <summary>As in the forward call; the gradients of scale and shift have it too.</summary>
    public int ScaleShiftStride { get; init; }

    /// <summary>[batch][pixels][channels]; may be the same span as the output gradient; absent where it is not wanted.</summary>
    public DeviceSpan<float> InputGradient { get; init; }

    /// <summary>[channels]; absent where it is not wanted.</summary>
    public DeviceSpan<float> WeightGradient { get; init; }

    /// <summary>[channels]; absent where it is not wanted.</summary>
    public DeviceSpan<float> BiasGradient { get; init; }

    /// <summary>[batch][channels] with rows <see cref="ScaleShiftStride"/> apart; absent where it is not wanted.</summary>
    public DeviceSpan<float> ScaleGradient { get; init; }

    /// <summary>[batch][channels] with rows <see cref="ScaleShiftStride"/> apart; absent where it is not wanted.</summary>
    public DeviceSpan<float> ShiftGradient { get; init; }

    /// <summary>Whether the gradients of weight and bias are added to what is there; all other gradients are overwritten.</summary>
    public bool Accumulate { get; init; }

    /// <summary>Images.</summary>
    public required int Batch { get; init; }

    /// <summary>Height times width.</summary>
    public required int Pixels { get; init; }

    /// <summary>A multiple of <see cref="Groups"/>.</summary>
    public required int Channels { get; init; }

    public required int Groups { get; init; }

    /// <summary>As in the forward call.</summary>
    public bool Silu { get; init; }

    internal int ImageStride => ScaleShiftStride == 0 ? Channels : ScaleShiftStride;

    /// <summary>The same call for some of the images; all but the first ones add to the gradients of weight and bias.</summary>
    internal GroupNormBackwardArguments OfImages(int first, int count) => this with
    {
        Batch = count,
        Input = NormalizationCheck.Images(Input, first, count, Pixels * Channels),
        OutputGradient = NormalizationCheck.Images(OutputGradient, first, count, Pixels * Channels),
        InputGradient = NormalizationCheck.Images(InputGradient, first, count, Pixels * Channels),
        Mean = NormalizationCheck.Images(Mean, first, count, Groups),
        ReciprocalDeviation = NormalizationCheck.Images(ReciprocalDeviation, first, count, Groups),
        Scale = NormalizationCheck.ImageRows(Scale, first, count, ImageStride, Channels),
        Shift = NormalizationCheck.ImageRows(Shift, first, count, ImageStride, Channels),
        ScaleGradient = NormalizationCheck.ImageRows(ScaleGradient, first, count, ImageStride, Channels),
        ShiftGradient = NormalizationCheck.ImageRows(ShiftGradient, first, count, ImageStride, Channels),
        Accumulate = Accumulate || first > 0,
    };

    public long Bytes => sizeof(float)
        * ((2L * Input.Length) + InputGradient.Length + Mean.Length + ReciprocalDeviation.Length
            + Weight.Length + Bias.Length + Scale.Length + Shift.Length
            + WeightGradient.Length + BiasGradient.Length + ScaleGradient.Length + ShiftGradient.Length);

    public long FloatingPointOperations => (Silu ? 20L : 10L) * Input.Length;

    public void Validate()
    {
        var elements = NormalizationCheck.Shape(Batch, Pixels, Channels, Groups, 0);
        Check.Length("input", Input, elements);
        Check.Length("outputGradient", OutputGradient, elements);
        Check.OptionalLength("inputGradient", InputGradient, elements);
        Check.Length("mean", Mean, (long)Batch * Groups);
        Check.Length("reciprocalDeviation", ReciprocalDeviation, (long)Batch * Groups);
        Check.OptionalLength("weight", Weight, Channels);
        Check.OptionalLength("bias", Bias, Channels);
        Check.OptionalLength("weightGradient", WeightGradient, Channels);
        Check.OptionalLength("biasGradient", BiasGradient, Channels);
        NormalizationCheck.ScaleAndShift(Scale, Shift, Batch, Channels, ScaleShiftStride);
        NormalizationCheck.Rows("scaleGradient", ScaleGradient, Batch, Channels, ScaleShiftStride);
        NormalizationCheck.Rows("shiftGradient", ShiftGradient, Batch, Channels, ScaleShiftStride);
    }

    public string Describe() =>
        $"{Batch}x{Pixels}x{Channels} groups {Groups}{(Scale.IsAbsent ? "" : " scale-shift")}{(Silu ? " silu" : "")}";
}
