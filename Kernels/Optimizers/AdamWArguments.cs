namespace KernelDiff.Kernels.Optimizers;

/// <summary>
/// One step of AdamW (Loshchilov and Hutter 2019, as PyTorch orders it) over a flat arena of parameters, in place:
/// p ← p·(1 - learningRate·weightDecay); m ← beta1·m + (1 - beta1)·g; v ← beta2·v + (1 - beta2)·g²;
/// p ← p - learningRate/(1 - beta1^step) · m / (√v/√(1 - beta2^step) + epsilon).
/// </summary>
/// <remarks>
/// With <see cref="GradientNorm"/> the gradient is clipped as it is read, g ← g · min(1, maximumGradientNorm / (norm + 1e-6)), and a step
/// whose norm is not finite changes nothing: neither needs the host to wait for the norm.
/// </remarks>
public readonly record struct AdamWArguments : IOperationArguments
{
    /// <summary>The parameters; any length.</summary>
    public required DeviceSpan<float> Parameters { get; init; }

    /// <summary>As many elements as the parameters.</summary>
    public required DeviceSpan<float> Gradients { get; init; }

    /// <summary>Running means of the gradient; as many elements as the parameters, zero before the first step.</summary>
    public required DeviceSpan<float> FirstMoments { get; init; }

    /// <summary>Running means of the squared gradient; as many elements as the parameters, zero before the first step.</summary>
    public required DeviceSpan<float> SecondMoments { get; init; }

    /// <summary>1 for the first step.</summary>
    public required int Step { get; init; }

    public required float LearningRate { get; init; }

    public float Beta1 { get; init; } = 0.9f;

    public float Beta2 { get; init; } = 0.999f;

    public float Epsilon { get; init; } = 1e-8f;

    public float WeightDecay { get; init; } = 0.01f;

    /// <summary>[1], the L2 norm of all gradients, or absent: no clipping, and no check that the gradients are finite.</summary>
    public DeviceSpan<float> GradientNorm { get; init; }

    /// <summary>The norm above which gradients are scaled down to it; infinity to only skip steps that are not finite.</summary>
    public float MaximumGradientNorm { get; init; } = float.PositiveInfinity;

    /// <summary>Starts from PyTorch's defaults: betas 0.9 and 0.999, epsilon 1e-8, weight decay 0.01, no clipping.</summary>
    public AdamWArguments()
    {
    }

    public long Bytes => 7L * sizeof(float) * Parameters.Length;

    public long FloatingPointOperations => 14L * Parameters.Length;

    public void Validate()
    {
        Check.Length("gradients", Gradients, Parameters.Length);
        Check.Length("firstMoments", FirstMoments, Parameters.Length);
        Check.Length("secondMoments", SecondMoments, Parameters.Length);
        Check.OptionalLength("gradientNorm", GradientNorm, 1);
        Check.Positive("step", Step);
        if (!(Beta1 is >= 0 and < 1 && Beta2 is >= 0 and < 1))
        {
            throw new ArgumentException($"The betas {Beta1} and {Beta2} must be at least 0 and below 1.");
        }

        if (!(Epsilon >= 0))
        {
            throw new ArgumentException($"Epsilon is {Epsilon}; it must not be negative.");
        }

        if (!(MaximumGradientNorm > 0))
        {
            throw new ArgumentException($"The maximum gradient norm is {MaximumGradientNorm}; it must be positive.");
        }
    }

    public string Describe() => $"{Parameters.Length}" + (GradientNorm.IsAbsent ? "" : " clipped");
}
