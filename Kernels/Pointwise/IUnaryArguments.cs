namespace KernelDiff.Kernels.Pointwise;

/// <summary>What every contract of an element-wise function has, so that one launch serves them all.</summary>
internal interface IUnaryArguments
{
    DeviceSpan<float> Input { get; }

    DeviceSpan<float> Output { get; }

    /// <summary>The constants of the function, in its own order; zero where it has none.</summary>
    (float First, float Second) Constants { get; }
}

/// <inheritdoc cref="IUnaryArguments"/>
internal interface IUnaryBackwardArguments
{
    /// <summary>The input or the output of the forward call, whichever the derivative is computed from.</summary>
    DeviceSpan<float> Saved { get; }

    DeviceSpan<float> OutputGradient { get; }

    DeviceSpan<float> InputGradient { get; }

    /// <inheritdoc cref="IUnaryArguments.Constants"/>
    (float First, float Second) Constants { get; }
}
