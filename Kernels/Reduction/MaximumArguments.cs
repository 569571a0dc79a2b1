namespace KernelDiff.Kernels.Reduction;

/// <summary>
/// The largest element along the middle axis of [outer][reduced][inner], its index along that axis, or both. Of equal elements the
/// first counts. NaN is larger than everything, and the first NaN counts, as in PyTorch.
/// </summary>
public readonly record struct MaximumArguments : IOperationArguments
{
    /// <summary>[outer][reduced][inner].</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>[outer][inner], the largest elements; absent where only the indices are wanted.</summary>
    public DeviceSpan<float> Output { get; init; }

    /// <summary>[outer][inner], from 0 to reduced - 1; absent where only the elements are wanted.</summary>
    public DeviceSpan<int> Indices { get; init; }

    public required int Outer { get; init; }

    public required int Reduced { get; init; }

    public required int Inner { get; init; }

    public long Bytes => (sizeof(float) * ((long)Input.Length + Output.Length)) + (sizeof(int) * (long)Indices.Length);

    public long FloatingPointOperations => Input.Length;

    public void Validate()
    {
        ReductionCheck.Positive(Outer, Reduced, Inner);
        Check.Length("input", Input, Check.Elements(Outer, Reduced, Inner));
        var results = Check.Elements(Outer, Inner);
        if (Output.IsAbsent && Indices.IsAbsent)
        {
            throw new ArgumentException("Neither 'output' nor 'indices' is given: there is nothing to write.");
        }

        Check.OptionalLength("output", Output, results);
        Check.OptionalLength("indices", Indices, results);
    }

    public string Describe() =>
        $"{Outer}x{Reduced}x{Inner}{(Output.IsAbsent ? "" : " values")}{(Indices.IsAbsent ? "" : " indices")}";
}

/// <summary>The gradient of <see cref="MaximumArguments"/>: the element that was chosen gets its output's gradient, the others zero.</summary>
public readonly record struct MaximumBackwardArguments : IOperationArguments
{
    /// <summary>[outer][inner], as the forward call wrote them.</summary>
    public required DeviceSpan<int> Indices { get; init; }

    /// <summary>[outer][inner].</summary>
    public required DeviceSpan<float> OutputGradient { get; init; }

    /// <summary>[outer][reduced][inner].</summary>
    public required DeviceSpan<float> InputGradient { get; init; }

    public required int Outer { get; init; }

    public required int Reduced { get; init; }

    public required int Inner { get; init; }

    public long Bytes => (sizeof(float) * ((long)OutputGradient.Length + InputGradient.Length)) + (sizeof(int) * (long)Indices.Length);

    public long FloatingPointOperations => 0;

    public void Validate()
    {
        ReductionCheck.Positive(Outer, Reduced, Inner);
        var results = Check.Elements(Outer, Inner);
        Check.Length("indices", Indices, results);
        Check.Length("outputGradient", OutputGradient, results);
        Check.Length("inputGradient", InputGradient, Check.Elements(Outer, Reduced, Inner));
    }

    public string Describe() => $"{Outer}x{Reduced}x{Inner}";
}
