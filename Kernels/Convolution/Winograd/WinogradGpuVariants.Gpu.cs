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

    public static IEnumerable<Variant<ConvolutionArguments>> Forward =>
        All<ConvolutionArguments, ForwardLaunches>(
            arguments => arguments.Shape, arguments => WinogradGeometry.Supports(arguments.Shape));

    public static IEnumerable<Variant<ConvolutionInputGradientArguments>> InputGradient =>
        All<ConvolutionInputGradientArguments, InputGradientLaunches>(
            arguments => arguments.Shape, arguments => WinogradGeometry.SupportsInputGradient(arguments.Shape));

    public static IEnumerable<Variant<ConvolutionWeightGradientArguments>> WeightGradient =>
        All<ConvolutionWeightGradientArguments, WeightGradientLaunches>(
            arguments => arguments.Shape, arguments => WinogradGeometry.Supports(arguments.Shape));

    /// <summary>What an operation launches, and the kernels for it.</summary>
    private interface ILaunches<TArguments>
    {
        static abstract GpuKernel[] Kernels<TWinograd, TProducts>()
            where TWinograd : IWinogradKernels
            where TProducts : IWinogradProducts;

        static abstract void Launch<TWinograd, TProducts>(GpuDevice device, in TArguments arguments)
            where TWinograd : IWinogradKernels
            where TProducts : IWinogradProducts;
    }

    private static IEnumerable<Variant<TArguments>> All<TArguments, TLaunches>(
        Func<TArguments, ConvolutionShape> shapeOf, Func<TArguments, bool> supports)
        where TArguments : struct, IOperationArguments
        where TLaunches : ILaunches<TArguments>
    {
        return
        [
            Create<Winograd4Kernels, TiledWinogradProducts>(Tiled4, Cores, Cores, ConvolutionAlgorithm.Winograd4, Pays4),
            Create<Winograd2Kernels, TiledWinogradProducts>(Tiled2, Cores, Cores, ConvolutionAlgorithm.Winograd2, Pays2),
            Create<Winograd4Kernels, SharedWinogradProducts>(
                Shared4, DeviceClass.Gpu, DeviceClass.AnyIlgpu, ConvolutionAlgorithm.Winograd4, Pays4),
            Create<Winograd2Kernels, SharedWinogradProducts>(
                Shared2, DeviceClass.Gpu, DeviceClass.AnyIlgpu, ConvolutionAlgorithm.Winograd2, Pays2),
        ];

        GpuVariant<TArguments> Create<TWinograd, TProducts>(
            string name, DeviceClass preferredOn, DeviceClass runsOn, ConvolutionAlgorithm algorithm, Func<ConvolutionShape, bool> pays)
            where TWinograd : IWinogradKernels
            where TProducts : IWinogradProducts =>
            new(name, TLaunches.Launch<TWinograd, TProducts>, TLaunches.Kernels<TWinograd, TProducts>(), preferredOn, runsOn, supports)
            {
                Algorithm = algorithm,
                Pays = arguments => pays(shapeOf(arguments)),
            };
    }

    /// <summary>
    /// Images of more than 16 tiles: with fewer, transforming the weights of an image alone takes longer than it saves. An H200 agrees for one
    /// image; four of 16 x 16 pixels would take 0.7 of the time by F(4 x 4) there, but choices follow from one image.
    /// </summary>
    private static bool Pays4(ConvolutionShape shape) => Math.Min(shape.OutputHeight, shape.OutputWidth) > 16;

    /// <summary>From sixteen tiles on. Weight gradients of the smallest layers alone in their batch lose a little by it, and gain more in larger ones.</summary>
    private static bool Pays2(ConvolutionShape shape) => Math.Min(shape.OutputHeight, shape.OutputWidth) >= 8;

    private readonly struct ForwardLaunches : ILaunches<ConvolutionArguments>
    {
        public static GpuKernel[] Kernels<TWinograd, TProducts>()
            where TWinograd : IWinogradKernels
            where TProducts : IWinogradProducts =>
            WinogradLayer<TWinograd, TProducts>.Kernels;

        public static void Launch<TWinograd, TProducts>(GpuDevice device, in ConvolutionArguments arguments)
            where TWinograd : IWinogradKernels
            where TProducts : IWinogradProducts =>
            WinogradLayer<TWinograd, TProducts>.Launch(device, WinogradGeometry.Forward(arguments.Shape), GatherOperands.Of(arguments));
    }

    private readonly struct InputGradientLaunches : ILaunches<ConvolutionInputGradientArguments>
    {
        public static GpuKernel[] Kernels<TWinograd, TProducts>()
            where TWinograd : IWinogradKernels
            where TProducts : IWinogradProducts =>
            WinogradLayer<TWinograd, TProducts>.Kernels;

        public static void Launch<TWinograd, TProducts>(GpuDevice device, in ConvolutionInputGradientArguments arguments)
            where TWinograd : IWinogradKernels
            where TProducts : IWinogradProducts =>
            WinogradLayer<TWinograd, TProducts>.Launch(
                device, WinogradGeometry.InputGradient(arguments.Shape), GatherOperands.Of(arguments));
    }

    private readonly struct WeightGradientLaunches : ILaunches<ConvolutionWeightGradientArguments>
    {
        public static GpuKernel[] Kernels<TWinograd, TProducts>()
            where TWinograd : IWinogradKernels
            where TProducts : IWinogradProducts =>
            WinogradWeightGradientLayer<TWinograd, TProducts>.Kernels;

        public static void Launch<TWinograd, TProducts>(GpuDevice device, in ConvolutionWeightGradientArguments arguments)
            where TWinograd : IWinogradKernels
            where TProducts : IWinogradProducts =>
            WinogradWeightGradientLayer<TWinograd, TProducts>.Launch(
                device, arguments.Shape, WeightGradientOperands.Of(arguments));
    }
}
