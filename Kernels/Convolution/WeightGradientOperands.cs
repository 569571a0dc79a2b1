namespace KernelDiff.Kernels.Convolution;

/// <summary>The operands of <see cref="TapProducts"/>.</summary>
internal readonly record struct WeightGradientOperands
{
    public required DeviceSpan<float> Left { get; init; }

    public required DeviceSpan<float> Right { get; init; }

    public required DeviceSpan<float> Gradient { get; init; }

    /// <summary>Whether to add to what the gradient holds.</summary>
    public required bool Accumulate { get; init; }

    public static WeightGradientOperands Of(in ConvolutionWeightGradientArguments arguments) => new()
    {
        Left = arguments.Input,
        Right = arguments.OutputGradient,
        Gradient = arguments.WeightsGradient,
        Accumulate = arguments.Accumulate,
    };

    public static WeightGradientOperands Of(in TransposedConvolutionWeightGradientArguments arguments) => new()
    {
        Left = arguments.Input,
        Right = arguments.OutputGradient,
        Gradient = arguments.WeightsGradient,
        Accumulate = arguments.Accumulate,
    };
}
