namespace KernelDiff.Kernels.Pointwise;

/// <summary>inputGradient[i] = f'(input[i]) · outputGradient[i]. Saved for backward: the input.</summary>
public readonly record struct UnaryBackwardArguments : IOperationArguments, IUnaryBackwardArguments
{
    /// <summary>The input of the forward call.</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>As many elements as the input.</summary>
    public required DeviceSpan<float> OutputGradient { get; init; }

    /// <summary>As many elements as the input; may be the same span as the output gradient.</summary>
    public required DeviceSpan<float> InputGradient { get; init; }

    public long Bytes => 3L * sizeof(float) * Input.Length;

    public long FloatingPointOperations => 2L * Input.Length;

    DeviceSpan<float> IUnaryBackwardArguments.Saved => Input;

    (float First, float Second) IUnaryBackwardArguments.Constants => default;

    public void Validate()
    {
        Check.Length("outputGradient", OutputGradient, Input.Length);
        Check.Length("inputGradient", InputGradient, Input.Length);
    }

    public string Describe() => $"{Input.Length}";
}

/// <summary>inputGradient[i] = f'(x) · outputGradient[i], with f' expressed by output[i] = f(x). Saved for backward: the output.</summary>
public readonly record struct UnaryBackwardFromOutputArguments : IOperationArguments, IUnaryBackwardArguments
{
    /// <summary>The output of the forward call.</summary>
    public required DeviceSpan<float> Output { get; init; }

    /// <summary>As many elements as the output.</summary>
    public required DeviceSpan<float> OutputGradient { get; init; }

    /// <summary>As many elements as the output; may be the same span as the output gradient.</summary>
    public required DeviceSpan<float> InputGradient { get; init; }

    public long Bytes => 3L * sizeof(float) * Output.Length;

    public long FloatingPointOperations => 2L * Output.Length;

    DeviceSpan<float> IUnaryBackwardArguments.Saved => Output;

    (float First, float Second) IUnaryBackwardArguments.Constants => default;

    public void Validate()
    {
        Check.Length("outputGradient", OutputGradient, Output.Length);
        Check.Length("inputGradient", InputGradient, Output.Length);
    }

    public string Describe() => $"{Output.Length}";
}

/// <summary>
/// inputGradient[i] = outputGradient[i] where input[i] is positive, else negativeSlope · outputGradient[i]. Saved for backward: the
/// input.
/// </summary>
public readonly record struct LeakyReluBackwardArguments : IOperationArguments, IUnaryBackwardArguments
{
    /// <summary>The input of the forward call; its output serves as well where the slope is not negative.</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>As many elements as the input.</summary>
    public required DeviceSpan<float> OutputGradient { get; init; }

    /// <summary>As many elements as the input; may be the same span as the output gradient.</summary>
    public required DeviceSpan<float> InputGradient { get; init; }

    /// <summary>As in the forward call.</summary>
    public required float NegativeSlope { get; init; }

    public long Bytes => 3L * sizeof(float) * Input.Length;

    public long FloatingPointOperations => Input.Length;

    DeviceSpan<float> IUnaryBackwardArguments.Saved => Input;

    (float First, float Second) IUnaryBackwardArguments.Constants => (NegativeSlope, 0);

    public void Validate()
    {
        Check.Length("outputGradient", OutputGradient, Input.Length);
        Check.Length("inputGradient", InputGradient, Input.Length);
        Constant.Finite("negativeSlope", NegativeSlope);
    }

    public string Describe() => $"{Input.Length}";
}

/// <summary>
/// inputGradient[i] = outputGradient[i] where input[i] is between the bounds or at one, else zero. Saved for backward: the input.
/// </summary>
public readonly record struct ClampBackwardArguments : IOperationArguments, IUnaryBackwardArguments
{
    /// <summary>The input of the forward call.</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>As many elements as the input.</summary>
    public required DeviceSpan<float> OutputGradient { get; init; }

    /// <summary>As many elements as the input; may be the same span as the output gradient.</summary>
    public required DeviceSpan<float> InputGradient { get; init; }

    /// <summary>As in the forward call.</summary>
    public required float Low { get; init; }

    /// <summary>As in the forward call.</summary>
    public required float High { get; init; }

    public long Bytes => 3L * sizeof(float) * Input.Length;

    public long FloatingPointOperations => 2L * Input.Length;

    DeviceSpan<float> IUnaryBackwardArguments.Saved => Input;

    (float First, float Second) IUnaryBackwardArguments.Constants => (Low, High);

    public void Validate()
    {
        Check.Length("outputGradient", OutputGradient, Input.Length);
        Check.Length("inputGradient", InputGradient, Input.Length);
        Constant.Ordered(Low, High);
    }

    public string Describe() => $"{Input.Length}";
}
