namespace KernelDiff.Kernels.Pointwise;

/// <summary>What every contract of a function of two operands has, so that one launch serves them all.</summary>
internal interface IBinaryArguments
{
    DeviceSpan<float> Left { get; }

    DeviceSpan<float> Right { get; }

    DeviceSpan<float> Output { get; }

    Shape4 LeftShape { get; }

    Shape4 RightShape { get; }

    /// <summary>The constants of the function, in its own order; zero where it has none.</summary>
    (float First, float Second) Constants { get; }
}
