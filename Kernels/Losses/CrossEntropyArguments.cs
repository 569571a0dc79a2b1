namespace KernelDiff.Kernels.Losses;

/// <summary>
/// Softmax cross-entropy of class labels. For position p of sample s with label y: l = logSumExp(logits[s][p]) - logits[s][p][y];
/// sampleLosses[s] = (sum over p of classWeights[y] · l) / (sum over p of classWeights[y]), 0 where every label is ignored;
/// loss = mean over s of sampleWeights[s] · sampleLosses[s].
/// </summary>
/// <remarks>
/// The mean is taken within each sample first, so that a sample's loss does not depend on its batch; PyTorch divides by the sum of the
/// weights of the whole batch instead, which is the same where no labels are ignored and classes are not weighted.
/// A label outside of 0 to classes - 1 that is not the ignored one makes the loss NaN.
/// </remarks>
public readonly record struct CrossEntropyArguments : IOperationArguments
{
    /// <summary>[samples][positions][classes].</summary>
    public required DeviceSpan<float> Logits { get; init; }

    /// <summary>[samples][positions].</summary>
    public required DeviceSpan<int> Labels { get; init; }

    /// <summary>[classes]; optional, 1 where absent.</summary>
    public DeviceSpan<float> ClassWeights { get; init; }

    /// <summary>[samples]; optional, 1 where absent.</summary>
    public DeviceSpan<float> SampleWeights { get; init; }

    /// <summary>[samples], before weighting by sample.</summary>
    public required DeviceSpan<float> SampleLosses { get; init; }

    /// <summary>One element.</summary>
    public required DeviceSpan<float> Loss { get; init; }

    /// <summary>[samples][positions]: ln(sum over classes of e^logit), for the gradient.</summary>
    public required DeviceSpan<float> LogSumExp { get; init; }

    /// <summary>[samples]: the sum over the positions of the weights of their labels, for the gradient.</summary>
    public required DeviceSpan<float> WeightSums { get; init; }

    public required int Samples { get; init; }

    /// <summary>Labels of one sample: pixels of a label map, 1 for a class of the whole.</summary>
    public required int Positions { get; init; }

    public required int Classes { get; init; }

    /// <summary>The label of positions that do not count; null for none.</summary>
    public int? IgnoredLabel { get; init; }

    public long Bytes => sizeof(float) * ((long)Logits.Length + Labels.Length + LogSumExp.Length
        + ClassWeights.Length + SampleWeights.Length + SampleLosses.Length + WeightSums.Length + 1);

    public long FloatingPointOperations => 4L * Logits.Length;

    public void Validate()
    {
        Check.Positive("samples", Samples);
        Check.Positive("positions", Positions);
        Check.Positive("classes", Classes);
        Check.Length("logits", Logits, Check.Elements(Samples, Positions, Classes));
        Check.Length("labels", Labels, Check.Elements(Samples, Positions));
        Check.OptionalLength("classWeights", ClassWeights, Classes);
        Check.OptionalLength("sampleWeights", SampleWeights, Samples);
        Check.Length("sampleLosses", SampleLosses, Samples);
        Check.Length("loss", Loss, 1);
        Check.Length("logSumExp", LogSumExp, Check.Elements(Samples, Positions));
        Check.Length("weightSums", WeightSums, Samples);
    }

    public string Describe() =>
        $"{Samples}x{Positions}x{Classes}{(ClassWeights.IsAbsent ? "" : " class weights")}{(SampleWeights.IsAbsent ? "" : " weighted")}";
}

/// <summary>
/// logitGradient[s][p][c] = lossGradient · sampleWeights[s] / samples · classWeights[y] / weightSums[s] ·
/// (e^(logits[s][p][c] - logSumExp[s][p]) - (c == y)), 0 where the label y is ignored. Saved for backward: logits, labels, logSumExp,
/// weightSums.
/// </summary>
public readonly record struct CrossEntropyGradientArguments : IOperationArguments
{
    /// <summary>[samples][positions][classes], as in the forward call.</summary>
    public required DeviceSpan<float> Logits { get; init; }

    /// <summary>[samples][positions], as in the forward call.</summary>
    public required DeviceSpan<int> Labels { get; init; }

    /// <summary>[classes]; as in the forward call.</summary>
    public DeviceSpan<float> ClassWeights { get; init; }

    /// <summary>[samples]; as in the forward call.</summary>
    public DeviceSpan<float> SampleWeights { get; init; }

    /// <summary>[samples][positions], from the forward call.</summary>
    public required DeviceSpan<float> LogSumExp { get; init; }

    /// <summary>[samples], from the forward call.</summary>
    public required DeviceSpan<float> WeightSums { get; init; }

    /// <summary>One element: the gradient of what is optimised with respect to the loss.</summary>
    public required DeviceSpan<float> LossGradient { get; init; }

    /// <summary>[samples][positions][classes]; may be the same span as the logits.</summary>
    public required DeviceSpan<float> LogitGradient { get; init; }

    public required int Samples { get; init; }

    /// <summary>Labels of one sample.</summary>
    public required int Positions { get; init; }

    public required int Classes { get; init; }

    /// <summary>As in the forward call.</summary>
    public int? IgnoredLabel { get; init; }

    public long Bytes => sizeof(float) * ((2L * Logits.Length) + Labels.Length + LogSumExp.Length
        + ClassWeights.Length + SampleWeights.Length + WeightSums.Length + 1);

    public long FloatingPointOperations => 4L * Logits.Length;

    public void Validate()
    {
        Check.Positive("samples", Samples);
        Check.Positive("positions", Positions);
        Check.Positive("classes", Classes);
        Check.Length("logits", Logits, Check.Elements(Samples, Positions, Classes));
        Check.Length("labels", Labels, Check.Elements(Samples, Positions));
        Check.OptionalLength("classWeights", ClassWeights, Classes);
        Check.OptionalLength("sampleWeights", SampleWeights, Samples);
        Check.Length("logSumExp", LogSumExp, Check.Elements(Samples, Positions));
        Check.Length("weightSums", WeightSums, Samples);
        Check.Length("lossGradient", LossGradient, 1);
        Check.Length("logitGradient", LogitGradient, Check.Elements(Samples, Positions, Classes));
    }

    public string Describe() =>
        $"{Samples}x{Positions}x{Classes}{(ClassWeights.IsAbsent ? "" : " class weights")}{(SampleWeights.IsAbsent ? "" : " weighted")}";
}
