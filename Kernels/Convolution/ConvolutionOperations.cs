using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Convolutions in two dimensions over [batch][height][width][channels], and their gradients.</summary>
public static class ConvolutionOperations
{
    public static Operation<ConvolutionArguments> Convolution { get; } = new(
        "convolution",
        "Convolution",
        "y = f(convolution(x, w) + bias + imageBias) + residual",
        ConvolutionCases.All,
        [
            .. WinogradVariants.Forward,
            CpuVariant.Simd<ConvolutionArguments, NarrowConvolution>(
                "narrow", supports: NarrowConvolution.Supports, pays: NarrowConvolution.Pays),
            CpuVariant.Simd<ConvolutionArguments, ConvolutionForward>("indirect"),
            .. WinogradGpuVariants.Forward,
            .. ConvolutionVariants.Forward,
        ])
    {
        Shapes = PlannedConvolution.Forward,
    };

    public static Operation<ConvolutionInputGradientArguments> ConvolutionInputGradient { get; } = new(
        "convolution-input-gradient",
        "Convolution",
        "dx (+)= the convolution of dy with the transposed kernel, strides undone",
        ConvolutionInputGradientCases.All,
        [
            .. WinogradVariants.InputGradient,
            CpuVariant.Simd<ConvolutionInputGradientArguments, ConvolutionInputGradient>("indirect"),
            .. WinogradGpuVariants.InputGradient,
            .. ConvolutionVariants.InputGradient,
        ])
    {
        Shapes = PlannedConvolution.InputGradient,
    };

    public static Operation<ConvolutionWeightGradientArguments> ConvolutionWeightGradient { get; } = new(
        "convolution-weight-gradient",
        "Convolution",
        "dw (+)= the correlation of x with dy",
        ConvolutionWeightGradientCases.All,
        [
            .. WinogradVariants.WeightGradient,
            CpuVariant.Simd<ConvolutionWeightGradientArguments, ConvolutionWeightGradient>("indirect"),
            .. WinogradGpuVariants.WeightGradient,
            .. ConvolutionVariants.WeightGradient,
        ])
    {
        Shapes = PlannedConvolution.WeightGradient,
    };

    /// <summary>The gradient of the bias of convolutions and linear layers alike.</summary>
    public static Operation<BiasGradientArguments> BiasGradient { get; } = new(
        "bias-gradient",
        "Convolution",
        "db (+)= the sum of dy over rows",
        BiasGradientCases.All,
        [CpuVariant.Simd<BiasGradientArguments, BiasGradientSimd>(), .. ConvolutionVariants.BiasGradient]);

    public static Operation<TransposedConvolutionArguments> TransposedConvolution { get; } = new(
        "transposed-convolution",
        "Convolution",
        "y = the 2x2 transposed convolution of x with stride 2 + bias",
        TransposedConvolutionCases.Forward,
        [CpuVariant.Simd<TransposedConvolutionArguments, TransposedConvolutionForward>("indirect"), .. ConvolutionVariants.Transposed]);

    public static Operation<TransposedConvolutionInputGradientArguments> TransposedConvolutionInputGradient { get; } = new(
        "transposed-convolution-input-gradient",
        "Convolution",
        "dx (+)= the 2x2 convolution of dy with stride 2",
        TransposedConvolutionCases.InputGradient,
        [
            CpuVariant.Simd<TransposedConvolutionInputGradientArguments, TransposedConvolutionInputGradient>("indirect"),
            .. ConvolutionVariants.TransposedInputGradient,
        ]);

    public static Operation<TransposedConvolutionWeightGradientArguments> TransposedConvolutionWeightGradient { get; } = new(
        "transposed-convolution-weight-gradient",
        "Convolution",
        "dw (+)= the correlation of x with the four parts of dy",
        TransposedConvolutionCases.WeightGradient,
        [
            CpuVariant.Simd<TransposedConvolutionWeightGradientArguments, TransposedConvolutionWeightGradient>("indirect"),
            .. ConvolutionVariants.TransposedWeightGradient,
        ]);

    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All =>
    [
        Convolution,
        ConvolutionInputGradient,
        ConvolutionWeightGradient,
        BiasGradient,
        TransposedConvolution,
        TransposedConvolutionInputGradient,
        TransposedConvolutionWeightGradient,
    ];
}
