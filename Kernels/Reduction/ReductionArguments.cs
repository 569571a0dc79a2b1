namespace KernelDiff.Kernels.Reduction;

/// <summary>
/// Sum or mean over the middle axis of [outer][reduced][inner]. Any run of neighbouring axes is the middle one of such a view: all
/// pixels of an image are batch x pixels x channels, a bias gradient is 1 x rows x columns, a row sum is rows x columns x 1.
/// </summary>
public readonly record struct ReductionArguments : IOperationArguments
{
    /// <summary>[outer][reduced][inner].</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>[outer][inner].</summary>
    public required DeviceSpan<float> Output { get; init; }

    public required int Outer { get; init; }

    public required int Reduced { get; init; }

    public required int Inner { get; init; }

    /// <summary>Whether the result is added to what the output holds.</summary>
    public bool Accumulate { get; init; }

    public long Bytes => sizeof(float) * (Input.Length + ((Accumulate ? 2L : 1L) * Output.Length));

    public long FloatingPointOperations => Input.Length;

    public void Validate()
    {
        ReductionCheck.Positive(Outer, Reduced, Inner);
        Check.Length("input", Input, Check.Elements(Outer, Reduced, Inner));
        Check.Length("output", Output, Check.Elements(Outer, Inner));
    }

    public string Describe() => $"{Outer}x{Reduced}x{Inner}{(Accumulate ? " accumulate" : "")}";
}

/// <summary>
/// The gradient of <see cref="ReductionArguments"/>: every element of the middle axis gets its output's gradient, for a mean divided
/// by the axis' length.
/// </summary>
public readonly record struct ReductionBackwardArguments : IOperationArguments
{
    /// <summary>[outer][inner].</summary>
    public required DeviceSpan<float> OutputGradient { get; init; }

    /// <summary>[outer][reduced][inner].</summary>
    public required DeviceSpan<float> InputGradient { get; init; }

    public required int Outer { get; init; }

    public required int Reduced { get; init; }

    public required int Inner { get; init; }

    public long Bytes => sizeof(float) * ((long)OutputGradient.Length + InputGradient.Length);

    public long FloatingPointOperations => InputGradient.Length;

    public void Validate()
    {
        ReductionCheck.Positive(Outer, Reduced, Inner);
        Check.Length("outputGradient", OutputGradient, Check.Elements(Outer, Inner));
        Check.Length("inputGradient", InputGradient, Check.Elements(Outer, Reduced, Inner));
    }

    public string Describe() => $"{Outer}x{Reduced}x{Inner}";
}
