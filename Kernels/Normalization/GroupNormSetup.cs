using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Normalization;

/// <summary>Where a case of group normalisation takes scale and shift from.</summary>
internal enum ScaleShiftOperands
{
    None,

    /// <summary>Two operands [batch][channels].</summary>
    Separate,

    /// <summary>The two halves of one operand [batch][2 · channels].</summary>
    Halves,
}

/// <summary>Sizes and options of a case of group normalisation, forward or backward.</summary>
internal sealed record GroupNormSetup(int Batch, int Pixels, int Channels, int Groups)
{
    public const float Epsilon = 1e-5f;

    public bool Affine { get; init; } = true;

    public ScaleShiftOperands ScaleShift { get; init; }

    public bool Silu { get; init; }

    /// <summary>Forward only: the output takes the input's place.</summary>
    public bool InPlace { get; init; }

    public double Mean { get; init; } = 0.5;

    public CaseScale Scale { get; init; }

    public int GroupWidth => Channels / Groups;

    public int Stride => ScaleShift == ScaleShiftOperands.Halves ? 2 * Channels : 0;

    public string Name =>
        $"{Batch}x{Pixels}x{Channels} groups {Groups}{(Affine ? "" : " plain")}{ScaleShiftName}{(Silu ? " silu" : "")}"
        + (Mean == 1000 ? " mean 1000" : "") + (InPlace ? " in place" : "");

    private string ScaleShiftName => ScaleShift switch
    {
        ScaleShiftOperands.Separate => " scale-shift",
        ScaleShiftOperands.Halves => " scale-shift halves",
        _ => "",
    };

    /// <summary>Input, weight, bias, scale and shift, as far as the options want them.</summary>
    public IEnumerable<Operand> Inputs()
    {
        var elements = Batch * Pixels * Channels;
        yield return (InPlace
            ? Operand.InputOutput("input", elements, Fills.Normal(Mean))
            : Operand.Input("input", elements, Fills.Normal(Mean))).ForEachImage();
        if (Affine)
        {
            yield return Operand.Input("weight", Channels, Fills.Normal(1, 0.3));
            yield return Operand.Input("bias", Channels, Fills.Normal(0, 0.3));
        }

        if (ScaleShift == ScaleShiftOperands.Separate)
        {
            yield return Operand.Input("scale", Batch * Channels, Fills.Normal(0, 0.3)).ForEachImage();
            yield return Operand.Input("shift", Batch * Channels, Fills.Normal(0, 0.3)).ForEachImage();
        }

        if (ScaleShift == ScaleShiftOperands.Halves)
        {
            yield return Operand.Input("scaleShift", 2 * Batch * Channels, Fills.Normal(0, 0.3)).ForEachImage();
        }
    }

    public (double Scale, double Shift) ScaleAndShift(CaseValues values, int image, int channel) => ScaleShift switch
    {
        ScaleShiftOperands.Separate =>
            (values["scale"][(image * Channels) + channel], values["shift"][(image * Channels) + channel]),
        ScaleShiftOperands.Halves => (
            values["scaleShift"][(2 * image * Channels) + channel],
            values["scaleShift"][(((2 * image) + 1) * Channels) + channel]),
        _ => (0, 0),
    };

    /// <summary>The span of scale or its gradient, by the name of the latter's operands.</summary>
    public DeviceSpan<float> ScaleSpan(CaseOperands operands, string suffix = "") => ScaleShift == ScaleShiftOperands.Halves
        ? operands.Single("scaleShift" + suffix).Slice(0, ((2 * Batch) - 1) * Channels)
        : operands.Single("scale" + suffix);

    /// <summary>The span of shift or its gradient.</summary>
    public DeviceSpan<float> ShiftSpan(CaseOperands operands, string suffix = "") => ScaleShift == ScaleShiftOperands.Halves
        ? operands.Single("scaleShift" + suffix).Slice(Channels, ((2 * Batch) - 1) * Channels)
        : operands.Single("shift" + suffix);
}
