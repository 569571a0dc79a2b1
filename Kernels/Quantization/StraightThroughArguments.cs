namespace KernelDiff.Kernels.Quantization;

/// <summary>
/// vectorGradient[i] = quantizedGradient[i] + commitmentScale · (vectors[i] - codebook[indices[i]]): the gradient of the quantised value
/// is passed straight through, and the commitment term pulls the vectors to their codewords.
/// </summary>
/// <remarks>
/// For the loss commitment · mean((sg[z_q] - z)²) over rows · width elements the scale is 2 · commitment / (rows · width), times the
/// gradient that reaches that loss. In the published vq-f4 models commitment is 1 (the quantiser's legacy term order) or beta = 0.25.
/// </remarks>
public readonly record struct StraightThroughBackwardArguments : IOperationArguments
{
    public required int Rows { get; init; }

    public required int Codewords { get; init; }

    public required int Width { get; init; }

    /// <summary>[rows][width], the input of the forward call.</summary>
    public required DeviceSpan<float> Vectors { get; init; }

    /// <summary>[codewords][width].</summary>
    public required DeviceSpan<float> Codebook { get; init; }

    /// <summary>[rows], from the forward call.</summary>
    public required DeviceSpan<int> Indices { get; init; }

    /// <summary>[rows][width].</summary>
    public required DeviceSpan<float> QuantizedGradient { get; init; }

    /// <summary>[rows][width]; may be the same span as the quantised gradient.</summary>
    public required DeviceSpan<float> VectorGradient { get; init; }

    public float CommitmentScale { get; init; }

    public long Bytes => sizeof(float) * (4L * Vectors.Length + Indices.Length);

    public long FloatingPointOperations => 3L * Vectors.Length;

    public void Validate()
    {
        Check.Positive("rows", Rows);
        Check.Positive("codewords", Codewords);
        Check.Positive("width", Width);
        int elements = Check.Elements(Rows, Width);
        Check.Length("vectors", Vectors, elements);
        Check.Length("codebook", Codebook, Check.Elements(Codewords, Width));
        Check.Length("indices", Indices, Rows);
        Check.Length("quantizedGradient", QuantizedGradient, elements);
        Check.Length("vectorGradient", VectorGradient, elements);
    }

    public string Describe() => $"{Rows}x{Width} of {Codewords}";
}

/// <summary>
/// codebookGradient[k] (+)= scale · Σ (codebook[k] - vectors[i]) over the i with indices[i] = k.
/// </summary>
/// <remarks>
/// For the loss mean((z_q - sg[z])²) over rows · width elements the scale is 2 / (rows · width), times the loss's weight and the gradient
/// that reaches it. The vectors of a codeword are summed in a fixed order. An index outside the codebook contributes nothing.
/// </remarks>
public readonly record struct CodebookGradientArguments : IOperationArguments
{
    public required int Rows { get; init; }

    public required int Codewords { get; init; }

    public required int Width { get; init; }

    /// <summary>[rows][width], the input of the forward call.</summary>
    public required DeviceSpan<float> Vectors { get; init; }

    /// <summary>[codewords][width].</summary>
    public required DeviceSpan<float> Codebook { get; init; }

    /// <summary>[rows], from the forward call.</summary>
    public required DeviceSpan<int> Indices { get; init; }

    /// <summary>[codewords][width].</summary>
    public required DeviceSpan<float> CodebookGradient { get; init; }

    public required float Scale { get; init; }

    /// <summary>Whether to add to what the gradient holds; otherwise it is overwritten.</summary>
    public bool Accumulate { get; init; }

    public long Bytes => sizeof(float) * ((long)Vectors.Length + Indices.Length + (Accumulate ? 3L : 2L) * Codebook.Length);

    public long FloatingPointOperations => (2L * Vectors.Length) + Codebook.Length;

    public void Validate()
    {
        Check.Positive("rows", Rows);
        Check.Positive("codewords", Codewords);
        Check.Positive("width", Width);
        Check.Length("vectors", Vectors, Check.Elements(Rows, Width));
        int elements = Check.Elements(Codewords, Width);
        Check.Length("codebook", Codebook, elements);
        Check.Length("indices", Indices, Rows);
        Check.Length("codebookGradient", CodebookGradient, elements);
    }

    public string Describe() => $"{Rows}x{Width} of {Codewords}" + (Accumulate ? " accumulate" : "");
}
