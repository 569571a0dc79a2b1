namespace KernelDiff.Kernels.Embedding;

/// <summary>
/// output[i] = [cos(t·f_0) ... cos(t·f_{h-1}), sin(t·f_0) ... sin(t·f_{h-1})] with t = timesteps[i], h = width / 2 rounded down and
/// f_j = maximumPeriod^(-j/h); an odd width ends in a zero.
/// </summary>
/// <remarks>The sinusoidal embedding of Vaswani et al. 2017 in the order and with the divisor that latent diffusion uses.</remarks>
public readonly record struct TimestepEmbeddingArguments : IOperationArguments
{
    public required int Rows { get; init; }

    /// <summary>Elements of an embedding, at least 2.</summary>
    public required int Width { get; init; }

    /// <summary>[rows]; integral or not.</summary>
    public required DeviceSpan<float> Timesteps { get; init; }

    /// <summary>[rows][width].</summary>
    public required DeviceSpan<float> Output { get; init; }

    public float MaximumPeriod { get; init; } = 10000;

    /// <summary>Starts from the default: a maximum period of 10000.</summary>
    public TimestepEmbeddingArguments()
    {
    }

    public long Bytes => sizeof(float) * ((long)Timesteps.Length + Output.Length);

    public long FloatingPointOperations => 2L * Output.Length;

    public void Validate()
    {
        Check.Positive("rows", Rows);
        if (Width < 2)
        {
            throw new ArgumentException($"The width is {Width}; a sinusoidal embedding has at least 2 elements.");
        }

        if (!(MaximumPeriod > 0 && float.IsFinite(MaximumPeriod)))
        {
            throw new ArgumentException($"The maximum period is {MaximumPeriod}; it must be positive and finite.");
        }

        Check.Length("timesteps", Timesteps, Rows);
        Check.Length("output", Output, Check.Elements(Rows, Width));
    }

    public string Describe() => $"{Rows}x{Width}";
}
