namespace KernelDiff.Kernels.Quantization;

/// <summary>
/// indices[i] = the k with the smallest |vectors[i] - codebook[k]|², the lowest k of several; quantized[i] = codebook[indices[i]].
/// </summary>
/// <remarks>
/// |z|² + |e|² - 2 z·e, the form in which the method is published (van den Oord et al. 2017), cancels in single precision, so that
/// rounding decides between codewords that are close to one another. The sum of squared differences is the same number without
/// cancellation; it is summed in the order of the components, which makes the index a function of the vector and the codebook alone.
/// A vector with a component that is not a number gets index 0.
/// </remarks>
public readonly record struct NearestCodewordArguments : IOperationArguments
{
    /// <summary>Number of vectors: batch · height · width.</summary>
    public required int Rows { get; init; }

    /// <summary>Number of codewords.</summary>
    public required int Codewords { get; init; }

    /// <summary>Components of a vector and of a codeword.</summary>
    public required int Width { get; init; }

    /// <summary>[rows][width].</summary>
    public required DeviceSpan<float> Vectors { get; init; }

    /// <summary>[codewords][width].</summary>
    public required DeviceSpan<float> Codebook { get; init; }

    /// <summary>[rows].</summary>
    public required DeviceSpan<int> Indices { get; init; }

    /// <summary>[rows][width], or absent where only the indices are wanted. May be the same span as the vectors.</summary>
    public DeviceSpan<float> Quantized { get; init; }

    public long Bytes => sizeof(float) * ((long)Vectors.Length + Codebook.Length + Indices.Length + Quantized.Length);

    public long FloatingPointOperations => 3L * Rows * Codewords * Width;

    public void Validate()
    {
        Check.Positive("rows", Rows);
        Check.Positive("codewords", Codewords);
        Check.Positive("width", Width);
        Check.Length("vectors", Vectors, Check.Elements(Rows, Width));
        Check.Length("codebook", Codebook, Check.Elements(Codewords, Width));
        Check.Length("indices", Indices, Rows);
        Check.OptionalLength("quantized", Quantized, (long)Rows * Width);
    }

    public string Describe() => $"{Rows}x{Width} of {Codewords}" + (Quantized.IsAbsent ? " indices only" : "");
}
