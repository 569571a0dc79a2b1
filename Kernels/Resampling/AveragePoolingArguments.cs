namespace KernelDiff.Kernels.Resampling;

/// <summary>The mean of each window. Nothing is saved for backward.</summary>
public readonly record struct AveragePoolingArguments : IOperationArguments
{
    /// <summary>[batch, input height, input width, channels].</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>[batch, output height, output width, channels].</summary>
    public required DeviceSpan<float> Output { get; init; }

    public required PoolingShape Shape { get; init; }

    /// <summary>
    /// Whether padding counts as zeros in the mean; otherwise a window is divided by the number of input elements in it. What a window
    /// covers beyond the padding, in ceiling mode, never counts.
    /// </summary>
    public required bool CountPadding { get; init; }

    public long Bytes => sizeof(float) * ((long)Input.Length + Output.Length);

    /// <summary>One addition for every element of a window.</summary>
    public long FloatingPointOperations => (long)Output.Length * Shape.KernelHeight * Shape.KernelWidth;

    public void Validate()
    {
        Shape.Validate();
        Check.Length("input", Input, Shape.InputLength);
        Check.Length("output", Output, Shape.OutputLength);
    }

    public string Describe() => $"{Shape}{(CountPadding ? " counted" : "")}";
}

/// <summary>The gradient of <see cref="AveragePoolingArguments"/>: each input gathers from the windows that contain it.</summary>
public readonly record struct AveragePoolingBackwardArguments : IOperationArguments
{
    /// <summary>[batch, output height, output width, channels].</summary>
    public required DeviceSpan<float> OutputGradient { get; init; }

    /// <summary>[batch, input height, input width, channels].</summary>
    public required DeviceSpan<float> InputGradient { get; init; }

    /// <summary>The shape of the forward call.</summary>
    public required PoolingShape Shape { get; init; }

    /// <summary>As in the forward call.</summary>
    public required bool CountPadding { get; init; }

    public long Bytes => sizeof(float) * ((long)InputGradient.Length + OutputGradient.Length);

    /// <summary>One multiplication and one addition for every element of a window.</summary>
    public long FloatingPointOperations => 2L * OutputGradient.Length * Shape.KernelHeight * Shape.KernelWidth;

    public void Validate()
    {
        Shape.Validate();
        Check.Length("outputGradient", OutputGradient, Shape.OutputLength);
        Check.Length("inputGradient", InputGradient, Shape.InputLength);
    }

    public string Describe() => $"{Shape}{(CountPadding ? " counted" : "")}";
}
