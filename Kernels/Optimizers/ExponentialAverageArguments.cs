namespace KernelDiff.Kernels.Optimizers;

/// <summary>average ← average - (1 - decay) · (average - parameters), in place: the weights that a model samples with.</summary>
public readonly record struct ExponentialAverageArguments : IOperationArguments
{
    /// <summary>Any length.</summary>
    public required DeviceSpan<float> Average { get; init; }

    /// <summary>As many elements as the average.</summary>
    public required DeviceSpan<float> Parameters { get; init; }

    /// <summary>The part of the average that stays, from 0 to 1.</summary>
    public required float Decay { get; init; }

    public long Bytes => 3L * sizeof(float) * Average.Length;

    public long FloatingPointOperations => 3L * Average.Length;

    public void Validate()
    {
        Check.Length("parameters", Parameters, Average.Length);
        if (!(Decay is >= 0 and <= 1))
        {
            throw new ArgumentException($"The decay is {Decay}; it must be between 0 and 1.");
        }
    }

    public string Describe() => $"{Average.Length}";
}
