namespace KernelDiff.Kernels.Reduction;

/// <summary>
/// The Euclidean norm of a flat array, sqrt(sum of input[i]²). Not finite if any element is not finite, or if the sum of squares is
/// beyond the range of fp32: one comparison of the result tells whether a step may be taken.
/// </summary>
public readonly record struct NormArguments : IOperationArguments
{
    /// <summary>Any shape.</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>[1].</summary>
    public required DeviceSpan<float> Output { get; init; }

    public long Bytes => sizeof(float) * (Input.Length + 1L);

    public long FloatingPointOperations => 2L * Input.Length;

    public void Validate()
    {
        Check.Length("input", Input, Input.Length);
        Check.Length("output", Output, 1);
    }

    public string Describe() => $"{Input.Length}";
}

/// <summary>The dot product of two flat arrays, sum of left[i] · right[i]; of an array with itself, its sum of squares.</summary>
public readonly record struct DotArguments : IOperationArguments
{
    /// <summary>Any shape.</summary>
    public required DeviceSpan<float> Left { get; init; }

    /// <summary>As many elements as the left one; may be the same span.</summary>
    public required DeviceSpan<float> Right { get; init; }

    /// <summary>[1].</summary>
    public required DeviceSpan<float> Output { get; init; }

    public long Bytes => sizeof(float) * ((Left == Right ? 1L : 2L) * Left.Length + 1L);

    public long FloatingPointOperations => 2L * Left.Length;

    public void Validate()
    {
        Check.Length("left", Left, Left.Length);
        Check.Length("right", Right, Left.Length);
        Check.Length("output", Output, 1);
    }

    public string Describe() => $"{Left.Length}";
}
