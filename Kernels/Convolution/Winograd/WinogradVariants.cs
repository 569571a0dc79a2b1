using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>The Winograd algorithms on the CPU, and the layers that each is chosen for.</summary>
internal static class WinogradVariants
{
    public const string Name2 = "winograd2";
    public const string Name4 = "winograd4";

    public static IEnumerable<Variant<ConvolutionArguments>> Forward =>
    [
        CpuVariant.Simd<ConvolutionArguments, WinogradForward<Winograd4>>(
            Name4,
            supports: arguments => WinogradGeometry.Supports(arguments.Shape),
            algorithm: ConvolutionAlgorithm.Winograd4,
            pays: arguments => PaysForward(arguments.Shape)),
        CpuVariant.Simd<ConvolutionArguments, WinogradForward<Winograd2>>(
            Name2,
            supports: arguments => WinogradGeometry.Supports(arguments.Shape),
            algorithm: ConvolutionAlgorithm.Winograd2,
            pays: _ => false),
    ];

    public static IEnumerable<Variant<ConvolutionInputGradientArguments>> InputGradient =>
    [
        CpuVariant.Simd<ConvolutionInputGradientArguments, WinogradInputGradient<Winograd4>>(
            Name4,
            supports: arguments => WinogradGeometry.SupportsInputGradient(arguments.Shape),
            algorithm: ConvolutionAlgorithm.Winograd4,
            pays: arguments => Pays4(arguments.Shape)),
        CpuVariant.Simd<ConvolutionInputGradientArguments, WinogradInputGradient<Winograd2>>(
            Name2,
            supports: arguments => WinogradGeometry.SupportsInputGradient(arguments.Shape),
            algorithm: ConvolutionAlgorithm.Winograd2,
            pays: arguments => Pays2(arguments.Shape)),
    ];

    public static IEnumerable<Variant<ConvolutionWeightGradientArguments>> WeightGradient =>
    [
        CpuVariant.Simd<ConvolutionWeightGradientArguments, WinogradWeightGradient<Winograd4>>(
            Name4,
            supports: arguments => WinogradGeometry.Supports(arguments.Shape),
            algorithm: ConvolutionAlgorithm.Winograd4,
            pays: arguments => Pays4(arguments.Shape)),
        CpuVariant.Simd<ConvolutionWeightGradientArguments, WinogradWeightGradient<Winograd2>>(
            Name2,
            supports: arguments => WinogradGeometry.Supports(arguments.Shape),
            algorithm: ConvolutionAlgorithm.Winograd2,
            pays: arguments => Pays2(arguments.Shape)),
    ];

    /// <summary>
    /// Outputs from one tile of F(4 x 4) on: 4x4 maps of eight images gain an eighth over F(2 x 2), those of a single one lose a sixth.
    /// </summary>
    private static bool PaysForward(in ConvolutionShape shape) => SmallestSide(shape) >= 4;

    /// <summary>
    /// Gradients from four tiles on. The smallest layers alone in their batch lose a little by it, and gain twice as much in larger ones.
    /// </summary>
    private static bool Pays4(in ConvolutionShape shape) => SmallestSide(shape) >= 8;

    private static bool Pays2(in ConvolutionShape shape) => SmallestSide(shape) >= 4;

    private static int SmallestSide(in ConvolutionShape shape) => Math.Min(shape.OutputHeight, shape.OutputWidth);
}
