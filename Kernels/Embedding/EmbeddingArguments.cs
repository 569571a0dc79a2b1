namespace KernelDiff.Kernels.Embedding;

/// <summary>output[i] = table[indices[i]]; a zero row where the index is outside the table.</summary>
public readonly record struct EmbeddingArguments : IOperationArguments
{
    /// <summary>Number of indices: batch · tokens.</summary>
    public required int Rows { get; init; }

    /// <summary>Rows of the table.</summary>
    public required int Entries { get; init; }

    /// <summary>Elements of an entry.</summary>
    public required int Width { get; init; }

    /// <summary>[rows].</summary>
    public required DeviceSpan<int> Indices { get; init; }

    /// <summary>[entries][width].</summary>
    public required DeviceSpan<float> Table { get; init; }

    /// <summary>[rows][width].</summary>
    public required DeviceSpan<float> Output { get; init; }

    public long Bytes => sizeof(float) * ((2L * Output.Length) + Indices.Length);

    public long FloatingPointOperations => 0;

    public void Validate()
    {
        Check.Positive("rows", Rows);
        Check.Positive("entries", Entries);
        Check.Positive("width", Width);
        Check.Length("indices", Indices, Rows);
        Check.Length("table", Table, Check.Elements(Entries, Width));
        Check.Length("output", Output, Check.Elements(Rows, Width));
    }

    public string Describe() => $"{Rows} of {Entries}x{Width}";
}

/// <summary>
/// tableGradient[k] (+)= Σ outputGradient[i] over the i with indices[i] = k, in a fixed order. Indices outside the table contribute nothing.
/// </summary>
public readonly record struct EmbeddingBackwardArguments : IOperationArguments
{
    public required int Rows { get; init; }

    public required int Entries { get; init; }

    public required int Width { get; init; }

    /// <summary>[rows], as in the forward call.</summary>
    public required DeviceSpan<int> Indices { get; init; }

    /// <summary>[rows][width].</summary>
    public required DeviceSpan<float> OutputGradient { get; init; }

    /// <summary>[entries][width]. Must not overlap the output gradient.</summary>
    public required DeviceSpan<float> TableGradient { get; init; }

    /// <summary>Whether to add to what the gradient holds; otherwise it is overwritten.</summary>
    public bool Accumulate { get; init; }

    public long Bytes => sizeof(float) * ((long)OutputGradient.Length + Indices.Length + (Accumulate ? 2L : 1L) * TableGradient.Length);

    public long FloatingPointOperations => OutputGradient.Length;

    public void Validate()
    {
        Check.Positive("rows", Rows);
        Check.Positive("entries", Entries);
        Check.Positive("width", Width);
        Check.Length("indices", Indices, Rows);
        Check.Length("outputGradient", OutputGradient, Check.Elements(Rows, Width));
        Check.Length("tableGradient", TableGradient, Check.Elements(Entries, Width));
    }

    public string Describe() => $"{Rows} of {Entries}x{Width}" + (Accumulate ? " accumulate" : "");
}
