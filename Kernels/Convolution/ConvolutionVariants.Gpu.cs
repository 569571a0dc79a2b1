using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>The ILGPU variants of convolutions and their gradients: one for CPUs behind OpenCL, one for GPUs.</summary>
internal static class ConvolutionVariants
{
    private const DeviceClass Cores = DeviceClass.OpenClCpu | DeviceClass.Simulator;

    public static GpuVariant<ConvolutionArguments>[] Forward { get; } = Create(
        (in ConvolutionArguments arguments) => (GatherConvolution.Forward(arguments.Shape), GatherOperands.Of(arguments)));

    public static GpuVariant<ConvolutionInputGradientArguments>[] InputGradient { get; } = Create(
        (in ConvolutionInputGradientArguments arguments) =>
            (GatherConvolution.InputGradient(arguments.Shape), GatherOperands.Of(arguments)));

    public static GpuVariant<TransposedConvolutionArguments>[] Transposed { get; } = Create(
        (in TransposedConvolutionArguments arguments) => (GatherConvolution.Forward(arguments.Shape), GatherOperands.Of(arguments)));

    public static GpuVariant<TransposedConvolutionInputGradientArguments>[] TransposedInputGradient { get; } = Create(
        (in TransposedConvolutionInputGradientArguments arguments) =>
            (GatherConvolution.InputGradient(arguments.Shape), GatherOperands.Of(arguments)));

    public static GpuVariant<ConvolutionWeightGradientArguments>[] WeightGradient { get; } = CreateWeightGradient(
        (in ConvolutionWeightGradientArguments arguments) => (TapProducts.Of(arguments.Shape), WeightGradientOperands.Of(arguments)));

    public static GpuVariant<TransposedConvolutionWeightGradientArguments>[] TransposedWeightGradient { get; } = CreateWeightGradient(
        (in TransposedConvolutionWeightGradientArguments arguments) =>
            (TapProducts.Of(arguments.Shape), WeightGradientOperands.Of(arguments)));

    public static GpuVariant<BiasGradientArguments>[] BiasGradient { get; } =
    [
        new("tiled", TiledBiasGradient.Launch, TiledBiasGradient.Kernels, preferredOn: Cores, runsOn: Cores),
        new("shared", SharedBiasGradient.Launch, SharedBiasGradient.Kernels, preferredOn: DeviceClass.Gpu),
    ];

    private delegate (GatherConvolution Convolution, GatherOperands Operands) Describe<TArguments>(in TArguments arguments);

    private delegate (TapProducts Products, WeightGradientOperands Operands) DescribeProducts<TArguments>(in TArguments arguments);

    private delegate void LaunchProducts(GpuDevice device, in TapProducts products, in WeightGradientOperands operands);

    private delegate void LaunchGather(GpuDevice device, GatherConvolution convolution, in GatherOperands operands);

    private static GpuVariant<TArguments>[] Create<TArguments>(Describe<TArguments> describe)
        where TArguments : struct, IOperationArguments =>
    [
        new("tiled", With(describe, TiledConvolution.Launch), TiledConvolution.Kernels, preferredOn: Cores, runsOn: Cores),
        new("shared", With(describe, SharedConvolution.Launch), SharedConvolution.Kernels, preferredOn: DeviceClass.Gpu),
    ];

    private static GpuLaunch<TArguments> With<TArguments>(Describe<TArguments> describe, LaunchGather launch)
        where TArguments : struct, IOperationArguments =>
        (GpuDevice device, in TArguments arguments) =>
        {
            var (convolution, operands) = describe(arguments);
            launch(device, convolution, operands);
        };

    private static GpuVariant<TArguments>[] CreateWeightGradient<TArguments>(DescribeProducts<TArguments> describe)
        where TArguments : struct, IOperationArguments =>
    [
        new("tiled", With(describe, TiledWeightGradient.Launch), TiledWeightGradient.Kernels, preferredOn: Cores, runsOn: Cores),
        new("shared", With(describe, SharedWeightGradient.Launch), SharedWeightGradient.Kernels, preferredOn: DeviceClass.Gpu),
    ];

    private static GpuLaunch<TArguments> With<TArguments>(DescribeProducts<TArguments> describe, LaunchProducts launch)
        where TArguments : struct, IOperationArguments =>
        (GpuDevice device, in TArguments arguments) =>
        {
            var (products, operands) = describe(arguments);
            launch(device, products, operands);
        };
}
