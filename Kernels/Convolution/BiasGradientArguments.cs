namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// biasGradient[g, c] (+)= Σ over the rows of group g of outputGradient[row, c]. One group gives the gradient of a bias per channel (rows =
/// batch · height · width); as many groups as images gives the gradient of a bias per image and channel.
/// </summary>
public readonly record struct BiasGradientArguments : IOperationArguments
{
    /// <summary>Equal, consecutive parts of the rows that are summed on their own.</summary>
    public required int Groups { get; init; }

    /// <summary>Rows of one group.</summary>
    public required int Rows { get; init; }

    public required int Channels { get; init; }

    /// <summary>[groups][rows][channels].</summary>
    public required DeviceSpan<float> OutputGradient { get; init; }

    /// <summary>[groups][channels]. Must not overlap the output gradient.</summary>
    public required DeviceSpan<float> BiasGradient { get; init; }

    /// <summary>Whether to add to what the gradient holds; otherwise it is overwritten.</summary>
    public bool Accumulate { get; init; }

    public long Bytes => sizeof(float) * ((long)OutputGradient.Length + ((Accumulate ? 2L : 1L) * BiasGradient.Length));

    public long FloatingPointOperations => OutputGradient.Length;

    public void Validate()
    {
        Check.Positive("groups", Groups);
        Check.Positive("rows", Rows);
        Check.Positive("channels", Channels);
        Check.Length("outputGradient", OutputGradient, Check.Elements(Groups, Rows, Channels));
        Check.Length("biasGradient", BiasGradient, (long)Groups * Channels);
    }

    public string Describe() => $"{Groups}x{Rows}x{Channels}" + (Accumulate ? " accumulate" : "");
}
