namespace KernelDiff.Kernels.Pointwise;

/// <summary>
/// output[r][c] = input[r][c] · gelu(input[r][channels + c]): the first half of a row is the value, the second the gate, with the exact
/// GELU. Shazeer, "GLU Variants Improve Transformer", 2020, in the order of latent-diffusion.
/// </summary>
public readonly record struct GegluArguments : IOperationArguments
{
    /// <summary>[rows][2 · channels].</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>[rows][channels]; does not overlap the input.</summary>
    public required DeviceSpan<float> Output { get; init; }

    public required int Rows { get; init; }

    /// <summary>Channels of the output.</summary>
    public required int Channels { get; init; }

    public long Bytes => 3L * sizeof(float) * Rows * Channels;

    public long FloatingPointOperations => 2L * Rows * Channels;

    public void Validate()
    {
        Check.Length("input", Input, Check.Elements(Rows, Channels, 2));
        Check.Length("output", Output, Check.Elements(Rows, Channels));
    }

    public string Describe() => $"{Rows}x{Channels}";
}

/// <summary>The gradient of <see cref="GegluArguments"/>. Saved for backward: the input.</summary>
public readonly record struct GegluBackwardArguments : IOperationArguments
{
    /// <summary>[rows][2 · channels], as in the forward call.</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>[rows][channels].</summary>
    public required DeviceSpan<float> OutputGradient { get; init; }

    /// <summary>[rows][2 · channels]; may be the same span as the input.</summary>
    public required DeviceSpan<float> InputGradient { get; init; }

    public required int Rows { get; init; }

    /// <summary>Channels of the output.</summary>
    public required int Channels { get; init; }

    public long Bytes => 5L * sizeof(float) * Rows * Channels;

    public long FloatingPointOperations => 5L * Rows * Channels;

    public void Validate()
    {
        Check.Length("input", Input, Check.Elements(Rows, Channels, 2));
        Check.Length("outputGradient", OutputGradient, Check.Elements(Rows, Channels));
        Check.Length("inputGradient", InputGradient, Check.Elements(Rows, Channels, 2));
    }

    public string Describe() => $"{Rows}x{Channels}";
}
