using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>The Winograd algorithms as ILGPU kernels, for CPUs behind OpenCL and for GPUs, and the layers that each is chosen for.</summary>
internal static class WinogradGpuVariants
{
    private const DeviceClass Cores = DeviceClass.OpenClCpu | DeviceClass.Simulator;

    private const string Tiled4 = WinogradVariants.Name4 + "-tiled";
    private const string Tiled2 = WinogradVariants.Name2 + "-tiled";
    private const string Shared4 = WinogradVariants.Name4 + "-shared";
    private const string Shared2 = WinogradVariants.Name2 + "-shared";

    /// <summary>Variants that compute tiles of 4 x 4 outputs.</summary>
    public static IReadOnlyList<string> Names4 => [Tiled4, Shared4];

    public static IEnumerable<Variant<ConvolutionArguments>> Forward => Create<ConvolutionArguments>(
        (in ConvolutionArguments arguments) => (WinogradGeometry.Forward(arguments.Shape), GatherOperands.Of(arguments)),
        arguments => arguments.Shape,
        arguments => WinogradGeometry.Supports(arguments.Shape));

    public static IEnumerable<Variant<ConvolutionInputGradientArguments>> InputGradient => Create<ConvolutionInputGradientArguments>(
        (in ConvolutionInputGradientArguments arguments) =>
            (WinogradGeometry.InputGradient(arguments.Shape), GatherOperands.Of(arguments)),
        arguments => arguments.Shape,
        arguments => WinogradGeometry.SupportsInputGradient(arguments.Shape));

    private delegate (WinogradGeometry Geometry, GatherOperands Operands) Describe<TArguments>(in TArguments arguments);

    private static IEnumerable<Variant<TArguments>> Create<TArguments>(
        Describe<TArguments> describe, Func<TArguments, ConvolutionShape> shapeOf, Func<TArguments, bool> supports)
        where TArguments : struct, IOperationArguments =>
    [
        new GpuVariant<TArguments>(
            Tiled4,
            Launch<TArguments, Winograd4Kernels, TiledWinogradProducts>(describe),
            WinogradLayer<Winograd4Kernels, TiledWinogradProducts>.Kernels,
            preferredOn: Cores,
            runsOn: Cores,
            supports)
        {
            Algorithm = ConvolutionAlgorithm.Winograd4,
            Pays = arguments => PaysOnCores4(shapeOf(arguments)),
        },
        new GpuVariant<TArguments>(
            Tiled2,
            Launch<TArguments, Winograd2Kernels, TiledWinogradProducts>(describe),
            WinogradLayer<Winograd2Kernels, TiledWinogradProducts>.Kernels,
            preferredOn: Cores,
            runsOn: Cores,
            supports)
        {
            Algorithm = ConvolutionAlgorithm.Winograd2,
            Pays = arguments => PaysOnCores2(shapeOf(arguments)),
        },
        new GpuVariant<TArguments>(
            Shared4,
            Launch<TArguments, Winograd4Kernels, SharedWinogradProducts>(describe),
            WinogradLayer<Winograd4Kernels, SharedWinogradProducts>.Kernels,
            preferredOn: DeviceClass.Gpu,
            supports: supports)
        {
            Algorithm = ConvolutionAlgorithm.Winograd4,
            Pays = arguments => PaysOnGpus(shapeOf(arguments)),
        },
        new GpuVariant<TArguments>(
            Shared2,
            Launch<TArguments, Winograd2Kernels, SharedWinogradProducts>(describe),
            WinogradLayer<Winograd2Kernels, SharedWinogradProducts>.Kernels,
            preferredOn: DeviceClass.None,
            supports: supports)
        {
            Algorithm = ConvolutionAlgorithm.Winograd2,
        },
    ];

    private static GpuLaunch<TArguments> Launch<TArguments, TWinograd, TProducts>(Describe<TArguments> describe)
        where TArguments : struct, IOperationArguments
        where TWinograd : IWinogradKernels
        where TProducts : IWinogradProducts =>
        (GpuDevice device, in TArguments arguments) =>
        {
            var (geometry, operands) = describe(arguments);
            WinogradLayer<TWinograd, TProducts>.Launch(device, geometry, operands);
        };

    private static bool PaysOnCores4(in ConvolutionShape shape) => Math.Min(shape.OutputHeight, shape.OutputWidth) >= 16;

    private static bool PaysOnCores2(in ConvolutionShape shape) => Math.Min(shape.OutputHeight, shape.OutputWidth) >= 8;

    /// <summary>Enough tiles for the weights that are transformed, and products deep enough for the planes that pass through memory.</summary>
    private static bool PaysOnGpus(in ConvolutionShape shape) =>
        Math.Min(shape.InputChannels, shape.OutputChannels) >= 64 && Math.Min(shape.OutputHeight, shape.OutputWidth) >= 16;
}
