namespace KernelDiff.Kernels.Quantization;

/// <summary>counts[k] = how often k occurs among the indices. An index outside [0, codewords) is not counted.</summary>
public readonly record struct CodewordUsageArguments : IOperationArguments
{
    /// <summary>Any number of codeword indices.</summary>
    public required DeviceSpan<int> Indices { get; init; }

    /// <summary>[codewords].</summary>
    public required DeviceSpan<int> Counts { get; init; }

    public long Bytes => sizeof(int) * ((long)Indices.Length + Counts.Length);

    public long FloatingPointOperations => Indices.Length;

    public void Validate()
    {
        Check.Positive("indices", Indices.Length);
        Check.Positive("counts", Counts.Length);
    }

    public string Describe() => $"{Indices.Length} of {Counts.Length}";
}
