namespace KernelDiff.Kernels.Normalization;

/// <summary>
/// Group normalisation (Wu and He, 2018) of [batch][pixels][channels]: the channels of an image form <c>Groups</c> runs of equal
/// length, and every run has its mean and variance over pixels and channels removed. Then
/// y = normalised · weight + bias, z = y · (1 + scale) + shift, output = silu(z), each step where its operands or options ask for it.
/// </summary>
public readonly record struct GroupNormArguments : IOperationArguments
{
    /// <summary>[batch][pixels][channels].</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>[batch][pixels][channels]; may be the same span as the input.</summary>
    public required DeviceSpan<float> Output { get; init; }

    /// <summary>[channels]; absent for one.</summary>
    public DeviceSpan<float> Weight { get; init; }

    /// <summary>[channels]; absent for zero.</summary>
    public DeviceSpan<float> Bias { get; init; }

    /// <summary>[batch][channels] with rows <see cref="ScaleShiftStride"/> apart; absent for zero.</summary>
    public DeviceSpan<float> Scale { get; init; }

    /// <summary>[batch][channels] with rows <see cref="ScaleShiftStride"/> apart; absent for zero.</summary>
    public DeviceSpan<float> Shift { get; init; }

    /// <summary>
    /// Elements from one image's scale (and shift) to the next one's; 0 for <see cref="Channels"/>. Two halves of one projection
    /// [batch][2 · channels] are two spans that start at 0 and at channels, with this stride at 2 · channels.
    /// </summary>
    public int ScaleShiftStride { get; init; }

    /// <summary>[batch][groups], written for backward; absent where nothing is to be differentiated.</summary>
    public DeviceSpan<float> Mean { get; init; }

    /// <summary>[batch][groups], 1 / sqrt(variance + epsilon), written for backward; present exactly if the mean is.</summary>
    public DeviceSpan<float> ReciprocalDeviation { get; init; }

    /// <summary>Images.</summary>
    public required int Batch { get; init; }

    /// <summary>Height times width.</summary>
    public required int Pixels { get; init; }

    /// <summary>A multiple of <see cref="Groups"/>.</summary>
    public required int Channels { get; init; }

    public required int Groups { get; init; }

    /// <summary>Added to the variance.</summary>
    public required float Epsilon { get; init; }

    /// <summary>Whether the output passes through silu(z) = z · sigmoid(z).</summary>
    public bool Silu { get; init; }

    internal int ImageStride => ScaleShiftStride == 0 ? Channels : ScaleShiftStride;

    /// <summary>The same call for some of the images.</summary>
    internal GroupNormArguments OfImages(int first, int count) => this with
    {
        Batch = count,
        Input = NormalizationCheck.Images(Input, first, count, Pixels * Channels),
        Output = NormalizationCheck.Images(Output, first, count, Pixels * Channels),
        Mean = NormalizationCheck.Images(Mean, first, count, Groups),
        ReciprocalDeviation = NormalizationCheck.Images(ReciprocalDeviation, first, count, Groups),
        Scale = NormalizationCheck.ImageRows(Scale, first, count, ImageStride, Channels),
        Shift = NormalizationCheck.ImageRows(Shift, first, count, ImageStride, Channels),
    };

    public long Bytes => sizeof(float)
        * ((2L * Input.Length) + Weight.Length + Bias.Length + Scale.Length + Shift.Length + Mean.Length + ReciprocalDeviation.Length);

    public long FloatingPointOperations => (Silu ? 9L : 5L) * Input.Length;

    public void Validate()
    {
        var elements = NormalizationCheck.Shape(Batch, Pixels, Channels, Groups, Epsilon);
        Check.Length("input", Input, elements);
        Check.Length("output", Output, elements);
        Check.OptionalLength("weight", Weight, Channels);
        Check.OptionalLength("bias", Bias, Channels);
        NormalizationCheck.ScaleAndShift(Scale, Shift, Batch, Channels, ScaleShiftStride);
        NormalizationCheck.Together("mean", Mean, "reciprocalDeviation", ReciprocalDeviation);
        Check.OptionalLength("mean", Mean, (long)Batch * Groups);
        Check.OptionalLength("reciprocalDeviation", ReciprocalDeviation, (long)Batch * Groups);
    }

    public string Describe() =>
        $"{Batch}x{Pixels}x{Channels} groups {Groups}{(Scale.IsAbsent ? "" : " scale-shift")}{(Silu ? " silu" : "")}";
}
