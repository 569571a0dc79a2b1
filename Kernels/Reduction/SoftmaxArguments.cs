namespace KernelDiff.Kernels.Reduction;

/// <summary>
/// Softmax or log-softmax over the last axis of [rows][columns]: e^(x - m) / sum of e^(x - m), or x - m - log(sum of e^(x - m)),
/// with m the largest element of the row. Minus infinity is a masked element; a row of nothing else is NaN, as in PyTorch.
/// </summary>
public readonly record struct SoftmaxArguments : IOperationArguments
{
    /// <summary>[rows][columns].</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>[rows][columns]; may be the same span as the input.</summary>
    public required DeviceSpan<float> Output { get; init; }

    public required int Rows { get; init; }

    public required int Columns { get; init; }

    public long Bytes => 2L * sizeof(float) * Input.Length;

    public long FloatingPointOperations => 5L * Input.Length;

    public void Validate()
    {
        Check.Positive("rows", Rows);
        Check.Positive("columns", Columns);
        var elements = Check.Elements(Rows, Columns);
        Check.Length("input", Input, elements);
        Check.Length("output", Output, elements);
    }

    public string Describe() => $"{Rows}x{Columns}";
}

/// <summary>
/// The gradient of softmax, y · (dy - sum of y · dy), or of log-softmax, dy - e^y · sum of dy. Saved for backward: the output.
/// </summary>
public readonly record struct SoftmaxBackwardArguments : IOperationArguments
{
    /// <summary>[rows][columns], the output of the forward call.</summary>
    public required DeviceSpan<float> Output { get; init; }

    /// <summary>[rows][columns].</summary>
    public required DeviceSpan<float> OutputGradient { get; init; }

    /// <summary>[rows][columns]; may be the same span as the output gradient.</summary>
    public required DeviceSpan<float> InputGradient { get; init; }

    public required int Rows { get; init; }

    public required int Columns { get; init; }

    public long Bytes => 3L * sizeof(float) * Output.Length;

    public long FloatingPointOperations => 4L * Output.Length;

    public void Validate()
    {
        Check.Positive("rows", Rows);
        Check.Positive("columns", Columns);
        var elements = Check.Elements(Rows, Columns);
        Check.Length("output", Output, elements);
        Check.Length("outputGradient", OutputGradient, elements);
        Check.Length("inputGradient", InputGradient, elements);
    }

    public string Describe() => $"{Rows}x{Columns}";
}
