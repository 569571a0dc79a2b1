using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Convolution;

/// <summary>The operands of a <see cref="GatherConvolution"/>: target (+)= f(sum + bias + imageBias) + residual.</summary>
internal readonly record struct GatherOperands
{
    public required DeviceSpan<float> Source { get; init; }

    public required DeviceSpan<float> Weights { get; init; }

    public required DeviceSpan<float> Target { get; init; }

    public DeviceSpan<float> Bias { get; init; }

    public DeviceSpan<float> ImageBias { get; init; }

    public DeviceSpan<float> Residual { get; init; }

    public Activation Activation { get; init; }

    /// <summary>Whether to add to what the target holds.</summary>
    public bool Accumulate { get; init; }

    public static GatherOperands Of(in ConvolutionArguments arguments) => new()
    {
        Source = arguments.Input,
        Weights = arguments.Weights,
        Target = arguments.Output,
        Bias = arguments.Bias,
        ImageBias = arguments.ImageBias,
        Residual = arguments.Residual,
        Activation = arguments.Activation,
    };

    public static GatherOperands Of(in ConvolutionInputGradientArguments arguments) => new()
    {
        Source = arguments.OutputGradient,
        Weights = arguments.Weights,
        Target = arguments.InputGradient,
        Accumulate = arguments.Accumulate,
    };

    public static GatherOperands Of(in TransposedConvolutionArguments arguments) => new()
    {
        Source = arguments.Input,
        Weights = arguments.Weights,
        Target = arguments.Output,
        Bias = arguments.Bias,
    };

    public static GatherOperands Of(in TransposedConvolutionInputGradientArguments arguments) => new()
    {
        Source = arguments.OutputGradient,
        Weights = arguments.Weights,
        Target = arguments.InputGradient,
        Accumulate = arguments.Accumulate,
    };
}
