namespace KernelDiff.Kernels.RandomNumbers;

/// <summary>
/// output[i][e] from image index firstImage + i and element e. Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as
/// 1, 2, 3", 2011).
/// </summary>
public readonly record struct RandomArguments : IOperationArguments
{
    /// <summary>[images][elements].</summary>
    public required DeviceSpan<float> Output { get; init; }

    public required int Images { get; init; }

    /// <summary>Elements of one image.</summary>
    public required int Elements { get; init; }

    public required RandomKey Key { get; init; }

    public long Bytes => sizeof(float) * (long)Output.Length;

    public long FloatingPointOperations => Output.Length;

    public void Validate()
    {
        Check.Length("output", Output, Check.Elements(Images, Elements));
        Key.Validate(Images);
    }

    public string Describe() => $"{Images}x{Elements}";
}

/// <summary>output[i][e] = an integer from 0 to bound - 1, each equally likely, from image index firstImage + i and element e.</summary>
/// <remarks>
/// The integer is the upper half of a 32-bit number times the bound: its probability is off by less than 2^-32, which a draw per element
/// without rejection cannot avoid. <see cref="Philox.Next"/> is exact.
/// </remarks>
public readonly record struct RandomIntegersArguments : IOperationArguments
{
    /// <summary>[images][elements].</summary>
    public required DeviceSpan<int> Output { get; init; }

    public required int Images { get; init; }

    /// <summary>Elements of one image.</summary>
    public required int Elements { get; init; }

    /// <summary>One more than the largest integer; positive.</summary>
    public required int Bound { get; init; }

    public required RandomKey Key { get; init; }

    public long Bytes => sizeof(int) * (long)Output.Length;

    public long FloatingPointOperations => Output.Length;

    public void Validate()
    {
        Check.Length("output", Output, Check.Elements(Images, Elements));
        Check.Positive("bound", Bound);
        Key.Validate(Images);
    }

    public string Describe() => $"{Images}x{Elements} below {Bound}";
}
