namespace KernelDiff.Kernels.Losses;

/// <summary>
/// sampleLosses[s] = mean over e of l(prediction[s][e], target[s][e]); loss = mean over s of sampleWeights[s] · sampleLosses[s]. The
/// sums are trees fixed by the shape; a sample's loss does not depend on the others.
/// </summary>
public readonly record struct ElementLossArguments : IOperationArguments
{
    /// <summary>[samples][elements]; logits for the binary cross-entropy.</summary>
    public required DeviceSpan<float> Prediction { get; init; }

    /// <summary>[samples][elements]; probabilities for the binary cross-entropy.</summary>
    public required DeviceSpan<float> Target { get; init; }

    /// <summary>[samples]; optional, 1 where absent.</summary>
    public DeviceSpan<float> SampleWeights { get; init; }

    /// <summary>[samples], before weighting.</summary>
    public required DeviceSpan<float> SampleLosses { get; init; }

    /// <summary>One element.</summary>
    public required DeviceSpan<float> Loss { get; init; }

    public required int Samples { get; init; }

    /// <summary>Elements of one sample.</summary>
    public required int Elements { get; init; }

    public long Bytes => sizeof(float) * ((long)Prediction.Length + Target.Length + SampleWeights.Length + SampleLosses.Length + 1);

    public long FloatingPointOperations => 3L * Prediction.Length;

    public void Validate()
    {
        Check.Positive("samples", Samples);
        Check.Positive("elements", Elements);
        var length = Check.Elements(Samples, Elements);
        Check.Length("prediction", Prediction, length);
        Check.Length("target", Target, length);
        Check.OptionalLength("sampleWeights", SampleWeights, Samples);
        Check.Length("sampleLosses", SampleLosses, Samples);
        Check.Length("loss", Loss, 1);
    }

    public string Describe() => $"{Samples}x{Elements}{(SampleWeights.IsAbsent ? "" : " weighted")}";
}

/// <summary>
/// predictionGradient[s][e] = lossGradient · sampleWeights[s] · l'(prediction[s][e], target[s][e]) / (samples · elements). Saved for
/// backward: prediction and target.
/// </summary>
public readonly record struct ElementLossGradientArguments : IOperationArguments
{
    /// <summary>[samples][elements], as in the forward call.</summary>
    public required DeviceSpan<float> Prediction { get; init; }

    /// <summary>[samples][elements], as in the forward call.</summary>
    public required DeviceSpan<float> Target { get; init; }

    /// <summary>[samples]; as in the forward call.</summary>
    public DeviceSpan<float> SampleWeights { get; init; }

    /// <summary>One element: the gradient of what is optimised with respect to the loss.</summary>
    public required DeviceSpan<float> LossGradient { get; init; }

    /// <summary>[samples][elements]; may be the same span as the prediction.</summary>
    public required DeviceSpan<float> PredictionGradient { get; init; }

    public required int Samples { get; init; }

    /// <summary>Elements of one sample.</summary>
    public required int Elements { get; init; }

    public long Bytes => sizeof(float) * ((3L * Prediction.Length) + SampleWeights.Length + 1);

    public long FloatingPointOperations => 3L * Prediction.Length;

    public void Validate()
    {
        Check.Positive("samples", Samples);
        Check.Positive("elements", Elements);
        var length = Check.Elements(Samples, Elements);
        Check.Length("prediction", Prediction, length);
        Check.Length("target", Target, length);
        Check.OptionalLength("sampleWeights", SampleWeights, Samples);
        Check.Length("lossGradient", LossGradient, 1);
        Check.Length("predictionGradient", PredictionGradient, length);
    }

    public string Describe() => $"{Samples}x{Elements}{(SampleWeights.IsAbsent ? "" : " weighted")}";
}
