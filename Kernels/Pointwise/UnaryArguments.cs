namespace KernelDiff.Kernels.Pointwise;

/// <summary>output[i] = f(input[i]). Input and output may be the same span.</summary>
public readonly record struct UnaryArguments : IOperationArguments
{
    /// <summary>Any shape.</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>As many elements as the input.</summary>
    public required DeviceSpan<float> Output { get; init; }

    public long Bytes => 2L * sizeof(float) * Input.Length;

    public long FloatingPointOperations => Input.Length;

    public void Validate() => Check.Length("output", Output, Input.Length);

    public string Describe() => $"{Input.Length}";
}

/// <summary>inputGradient[i] = f'(input[i]) · outputGradient[i]. Saved for backward: the input.</summary>
public readonly record struct UnaryBackwardArguments : IOperationArguments
{
    /// <summary>The input of the forward call.</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>As many elements as the input.</summary>
    public required DeviceSpan<float> OutputGradient { get; init; }

    /// <summary>As many elements as the input; may be the same span as the output gradient.</summary>
    public required DeviceSpan<float> InputGradient { get; init; }

    public long Bytes => 3L * sizeof(float) * Input.Length;

    public long FloatingPointOperations => 2L * Input.Length;

    public void Validate()
    {
        Check.Length("outputGradient", OutputGradient, Input.Length);
        Check.Length("inputGradient", InputGradient, Input.Length);
    }

    public string Describe() => $"{Input.Length}";
}
