namespace KernelDiff.Kernels.Losses;

/// <summary>What the scores of a discriminator are pushed towards.</summary>
public enum HingeSide
{
    /// <summary>The discriminator's scores of real images: l(x) = max(0, 1 - x).</summary>
    Real,

    /// <summary>The discriminator's scores of generated images: l(x) = max(0, 1 + x).</summary>
    Fake,

    /// <summary>The generator wants its images' scores high: l(x) = -x.</summary>
    Generator,
}

/// <summary>
/// sampleLosses[s] = mean over e of l(scores[s][e]); loss = mean over s of sampleWeights[s] · sampleLosses[s]. The sums are trees fixed
/// by the shape; a sample's loss does not depend on the others. Lim and Ye, "Geometric GAN", 2017.
/// </summary>
public readonly record struct HingeLossArguments : IOperationArguments
{
    /// <summary>[samples][elements]; a patch discriminator has many scores for each image.</summary>
    public required DeviceSpan<float> Scores { get; init; }

    /// <summary>[samples]; optional, 1 where absent.</summary>
    public DeviceSpan<float> SampleWeights { get; init; }

    /// <summary>[samples], before weighting.</summary>
    public required DeviceSpan<float> SampleLosses { get; init; }

    /// <summary>One element.</summary>
    public required DeviceSpan<float> Loss { get; init; }

    public required int Samples { get; init; }

    /// <summary>Elements of one sample.</summary>
    public required int Elements { get; init; }

    public required HingeSide Side { get; init; }

    public long Bytes => sizeof(float) * ((long)Scores.Length + SampleWeights.Length + SampleLosses.Length + 1);

    public long FloatingPointOperations => 3L * Scores.Length;

    public void Validate()
    {
        Check.Positive("samples", Samples);
        Check.Positive("elements", Elements);
        Check.Length("scores", Scores, Check.Elements(Samples, Elements));
        Check.OptionalLength("sampleWeights", SampleWeights, Samples);
        Check.Length("sampleLosses", SampleLosses, Samples);
        Check.Length("loss", Loss, 1);
    }

    public string Describe() => $"{Side} {Samples}x{Elements}{(SampleWeights.IsAbsent ? "" : " weighted")}";
}

/// <summary>
/// scoreGradient[s][e] = lossGradient · sampleWeights[s] · l'(scores[s][e]) / (samples · elements). Saved for backward: the scores.
/// </summary>
public readonly record struct HingeLossGradientArguments : IOperationArguments
{
    /// <summary>[samples][elements], as in the forward call.</summary>
    public required DeviceSpan<float> Scores { get; init; }

    /// <summary>[samples]; as in the forward call.</summary>
    public DeviceSpan<float> SampleWeights { get; init; }

    /// <summary>One element: the gradient of what is optimised with respect to the loss.</summary>
    public required DeviceSpan<float> LossGradient { get; init; }

    /// <summary>[samples][elements]; may be the same span as the scores.</summary>
    public required DeviceSpan<float> ScoreGradient { get; init; }

    public required int Samples { get; init; }

    /// <summary>Elements of one sample.</summary>
    public required int Elements { get; init; }

    public required HingeSide Side { get; init; }

    public long Bytes => sizeof(float) * ((2L * Scores.Length) + SampleWeights.Length + 1);

    public long FloatingPointOperations => 2L * Scores.Length;

    public void Validate()
    {
        Check.Positive("samples", Samples);
        Check.Positive("elements", Elements);
        var length = Check.Elements(Samples, Elements);
        Check.Length("scores", Scores, length);
        Check.OptionalLength("sampleWeights", SampleWeights, Samples);
        Check.Length("lossGradient", LossGradient, 1);
        Check.Length("scoreGradient", ScoreGradient, length);
    }

    public string Describe() => $"{Side} {Samples}x{Elements}{(SampleWeights.IsAbsent ? "" : " weighted")}";
}
