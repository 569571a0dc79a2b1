namespace KernelDiff.Kernels.Resampling;

/// <summary>
/// The largest value of each window. Of equal values the first in row-major order counts; NaN counts as larger than any number.
/// </summary>
/// <remarks>Saved for backward: the indices.</remarks>
public readonly record struct MaximumPoolingArguments : IOperationArguments
{
    /// <summary>[batch, input height, input width, channels].</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>[batch, output height, output width, channels].</summary>
    public required DeviceSpan<float> Output { get; init; }

    /// <summary>
    /// [batch, output height, output width, channels]: row · input width + column of the maximum. May be absent where no gradient is
    /// needed.
    /// </summary>
    public DeviceSpan<int> Indices { get; init; }

    public required PoolingShape Shape { get; init; }

    public long Bytes => (sizeof(float) * ((long)Input.Length + Output.Length)) + (sizeof(int) * (long)Indices.Length);

    /// <summary>One comparison for every element of a window.</summary>
    public long FloatingPointOperations => (long)Output.Length * Shape.KernelHeight * Shape.KernelWidth;

    public void Validate()
    {
        Shape.Validate();
        Check.Length("input", Input, Shape.InputLength);
        Check.Length("output", Output, Shape.OutputLength);
        Check.OptionalLength("indices", Indices, Shape.OutputLength);
    }

    public string Describe() => $"{Shape}{(Indices.IsAbsent ? "" : " indices")}";
}

/// <summary>
/// The gradient of <see cref="MaximumPoolingArguments"/>: each input gathers from the windows whose maximum it was.
/// </summary>
public readonly record struct MaximumPoolingBackwardArguments : IOperationArguments
{
    /// <summary>[batch, output height, output width, channels].</summary>
    public required DeviceSpan<float> OutputGradient { get; init; }

    /// <summary>[batch, output height, output width, channels]: the indices of the forward call.</summary>
    public required DeviceSpan<int> Indices { get; init; }

    /// <summary>[batch, input height, input width, channels].</summary>
    public required DeviceSpan<float> InputGradient { get; init; }

    /// <summary>The shape of the forward call.</summary>
    public required PoolingShape Shape { get; init; }

    public long Bytes => (sizeof(float) * ((long)InputGradient.Length + OutputGradient.Length)) + (sizeof(int) * (long)Indices.Length);

    /// <summary>One addition for every element of a window.</summary>
    public long FloatingPointOperations => (long)OutputGradient.Length * Shape.KernelHeight * Shape.KernelWidth;

    public void Validate()
    {
        Shape.Validate();
        Check.Length("outputGradient", OutputGradient, Shape.OutputLength);
        Check.Length("indices", Indices, Shape.OutputLength);
        Check.Length("inputGradient", InputGradient, Shape.InputLength);
    }

    public string Describe() => $"{Shape}";
}
