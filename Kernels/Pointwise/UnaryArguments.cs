namespace KernelDiff.Kernels.Pointwise;

/// <summary>output[i] = f(input[i]). Input and output may be the same span.</summary>
public readonly record struct UnaryArguments : IOperationArguments, IUnaryArguments
{
    /// <summary>Any shape.</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>As many elements as the input.</summary>
    public required DeviceSpan<float> Output { get; init; }

    public long Bytes => 2L * sizeof(float) * Input.Length;

    public long FloatingPointOperations => Input.Length;

    (float First, float Second) IUnaryArguments.Constants => default;

    public void Validate() => Check.Length("output", Output, Input.Length);

    public string Describe() => $"{Input.Length}";
}

/// <summary>output[i] = input[i] where it is positive, else negativeSlope · input[i]. Input and output may be the same span.</summary>
public readonly record struct LeakyReluArguments : IOperationArguments, IUnaryArguments
{
    /// <summary>Any shape.</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>As many elements as the input.</summary>
    public required DeviceSpan<float> Output { get; init; }

    /// <summary>Slope left of zero; finite.</summary>
    public required float NegativeSlope { get; init; }

    public long Bytes => 2L * sizeof(float) * Input.Length;

    public long FloatingPointOperations => Input.Length;

    (float First, float Second) IUnaryArguments.Constants => (NegativeSlope, 0);

    public void Validate()
    {
        Check.Length("output", Output, Input.Length);
        Constant.Finite("negativeSlope", NegativeSlope);
    }

    public string Describe() => $"{Input.Length}";
}

/// <summary>output[i] = min(max(input[i], low), high); NaN stays NaN. Input and output may be the same span.</summary>
public readonly record struct ClampArguments : IOperationArguments, IUnaryArguments
{
    /// <summary>Any shape.</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>As many elements as the input.</summary>
    public required DeviceSpan<float> Output { get; init; }

    /// <summary>Lower bound; minus infinity for none.</summary>
    public required float Low { get; init; }

    /// <summary>Upper bound, not below the lower one; infinity for none.</summary>
    public required float High { get; init; }

    public long Bytes => 2L * sizeof(float) * Input.Length;

    public long FloatingPointOperations => 2L * Input.Length;

    (float First, float Second) IUnaryArguments.Constants => (Low, High);

    public void Validate()
    {
        Check.Length("output", Output, Input.Length);
        Constant.Ordered(Low, High);
    }

    public string Describe() => $"{Input.Length}";
}

/// <summary>
/// output[i] = scale · input[i] + shift. Input and output may be the same span. The backward pass is the same operation on the
/// gradient with a shift of zero.
/// </summary>
public readonly record struct AffineArguments : IOperationArguments, IUnaryArguments
{
    /// <summary>Any shape.</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>As many elements as the input.</summary>
    public required DeviceSpan<float> Output { get; init; }

    public required float Scale { get; init; }

    public required float Shift { get; init; }

    public long Bytes => 2L * sizeof(float) * Input.Length;

    public long FloatingPointOperations => 2L * Input.Length;

    (float First, float Second) IUnaryArguments.Constants => (Scale, Shift);

    public void Validate() => Check.Length("output", Output, Input.Length);

    public string Describe() => $"{Input.Length}";
}
