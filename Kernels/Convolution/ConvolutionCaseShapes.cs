using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Convolution;

/// <summary>The shapes that convolutions and their gradients are checked and timed with.</summary>
internal static class ConvolutionCaseShapes
{
    /// <summary>Every option with ragged sizes, then the layers of real networks.</summary>
    public static IEnumerable<(ConvolutionShape Shape, CaseScale Scale)> All =>
    [
        .. Tiny.Select(shape => (shape, CaseScale.Tiny)),
        .. Options.Select(shape => (shape, CaseScale.Small)),
        .. Small.Select(shape => (shape, CaseScale.Small)),
        .. Benchmark.Select(shape => (shape, CaseScale.Benchmark)),
    ];

    /// <summary>Every path through the kernels once, for the simulator and the race detector.</summary>
    public static IEnumerable<ConvolutionShape> Tiny =>
    [
        Create(2, 5, 3, 7, 5, 1, 1),
        Create(1, 6, 5, 3, 17, 3, 3) with { Padding = ConvolutionPadding.All(1) },
        Create(2, 6, 5, 5, 3, 3, 3) with { Padding = ConvolutionPadding.BottomRight(1), Stride = 2 },
        Create(1, 3, 3, 17, 33, 1, 1),

        // Few pixels, many terms: sums are cut into parts.
        Create(1, 1, 2, 257, 3, 1, 1),
        Create(1, 2, 3, 3, 2, 3, 3) with { Padding = ConvolutionPadding.All(1), Upsample = true },

        // Just enough channels for tiles of outputs, several of them, ragged.
        Create(1, 5, 2, 16, 17, 3, 3) with { Padding = ConvolutionPadding.All(1) },

        // Channels that GPUs read in quads.
        Create(2, 3, 5, 8, 12, 3, 3) with { Padding = ConvolutionPadding.All(1) },

        // A stride larger than the kernel leaves input pixels that no output sees.
        Create(1, 6, 5, 2, 3, 2, 1) with { Stride = 4, Padding = new ConvolutionPadding(0, 1, 3, 0) },
    ];

    /// <summary>Every option in small: checked against finite differences too.</summary>
    public static IEnumerable<ConvolutionShape> Options =>
    [
        Create(1, 8, 6, 3, 5, 4, 4) with { Padding = ConvolutionPadding.All(1), Stride = 2 },
        Create(2, 9, 7, 1, 5, 5, 3) with { Padding = new ConvolutionPadding(2, 0, 1, 3), Stride = 3 },
        Create(1, 11, 12, 1, 3, 11, 11) with { Padding = ConvolutionPadding.All(2), Stride = 4 },
        Create(1, 5, 9, 2, 3, 1, 7) with { Padding = ConvolutionPadding.Same(1, 7) },
        Create(1, 9, 5, 2, 3, 7, 1) with { Padding = ConvolutionPadding.Same(7, 1) },
        Create(1, 2, 3, 33, 5, 3, 3) with { Padding = ConvolutionPadding.All(1) },
        Create(1, 1, 1, 4, 3, 3, 3) with { Padding = ConvolutionPadding.All(1) },
        Create(2, 6, 5, 3, 5, 1, 1) with { Stride = 2 },

        // Outputs that see nothing but padding.
        Create(1, 1, 1, 2, 3, 1, 1) with { Padding = ConvolutionPadding.All(1), Stride = 2 },
        Create(1, 2, 3, 2, 3, 1, 2) with { Padding = new ConvolutionPadding(2, 1, 3, 2) },

        // Up-sampling with every stride: kernel elements meet input pixels once or twice.
        Create(2, 3, 4, 5, 3, 3, 3) with { Padding = ConvolutionPadding.All(1), Upsample = true },
        Create(1, 4, 3, 2, 5, 3, 4) with { Padding = new ConvolutionPadding(0, 1, 2, 1), Upsample = true, Stride = 2 },
        Create(1, 5, 4, 2, 3, 5, 4) with { Padding = new ConvolutionPadding(1, 2, 0, 3), Upsample = true, Stride = 3 },
        Create(1, 6, 5, 1, 2, 2, 7) with { Padding = new ConvolutionPadding(0, 0, 3, 2), Upsample = true, Stride = 4 },
        Create(1, 3, 5, 3, 2, 1, 1) with { Upsample = true },
    ];

    public static IEnumerable<ConvolutionShape> Small =>
    [
        Create(2, 13, 11, 33, 49, 3, 3) with { Padding = ConvolutionPadding.All(1) },
        Create(1, 40, 37, 20, 70, 3, 3) with { Padding = ConvolutionPadding.All(1) },
        Create(1, 16, 16, 64, 96, 1, 1),
        Create(1, 35, 39, 3, 20, 11, 11) with { Padding = ConvolutionPadding.All(2), Stride = 4 },
        Create(2, 18, 22, 19, 34, 4, 4) with { Padding = ConvolutionPadding.All(1), Stride = 2 },
        Create(2, 17, 20, 24, 31, 3, 3) with { Padding = ConvolutionPadding.BottomRight(1), Stride = 2 },
        Create(1, 9, 10, 17, 33, 3, 3) with { Padding = ConvolutionPadding.All(1), Upsample = true },
        Create(1, 23, 21, 30, 3, 3, 3) with { Padding = ConvolutionPadding.All(1) },

        // For algorithms that work in tiles of outputs: sizes that are no multiples of a tile, images smaller than one, and every padding.
        Create(2, 6, 9, 16, 17, 3, 3),
        Create(1, 1, 1, 19, 16, 3, 3) with { Padding = ConvolutionPadding.All(1) },
        Create(1, 3, 2, 35, 50, 3, 3) with { Padding = new ConvolutionPadding(3, 0, 1, 2) },
        Create(2, 7, 5, 48, 65, 3, 3) with { Padding = new ConvolutionPadding(0, 4, 2, 0) },
        Create(2, 3, 5, 21, 16, 3, 3) with { Padding = new ConvolutionPadding(1, 0, 2, 1), Upsample = true },

        // Tiles of outputs that are few, of many channels on both sides.
        Create(1, 5, 7, 136, 152, 3, 3) with { Padding = ConvolutionPadding.All(1) },

        // Channels that fill the widest tiles of products on both sides, and a number of tiles that does not.
        Create(2, 13, 9, 64, 128, 3, 3) with { Padding = ConvolutionPadding.All(1) },

        // Sums that do not fit into cache at once: cut between taps, and within a tap.
        Create(1, 3, 4, 2000, 19, 3, 3) with { Padding = ConvolutionPadding.All(1) },
        Create(1, 2, 3, 17011, 9, 1, 1),
    ];

    /// <summary>Layers of the latent-diffusion UNet for faces, of its autoencoder, of a discriminator and of a small demonstration UNet.</summary>
    public static IEnumerable<ConvolutionShape> Benchmark =>
    [
        Square(1, 64, 224, 224), Square(1, 32, 448, 448), Square(1, 16, 672, 672), Square(1, 8, 896, 896),
        Square(1, 64, 448, 224), Square(1, 32, 896, 448), Square(1, 16, 1344, 672), Square(1, 8, 1792, 896),
        Square(4, 64, 224, 224), Square(4, 32, 448, 448), Square(4, 16, 672, 672), Square(4, 8, 896, 896),
        Square(1, 64, 256, 256), Square(1, 32, 512, 512),
        Square(1, 32, 64, 64), Square(1, 16, 128, 128), Square(1, 8, 192, 192), Square(1, 4, 256, 256),
        Square(8, 32, 64, 64), Square(8, 16, 128, 128), Square(8, 8, 192, 192), Square(8, 4, 256, 256),
        Square(1, 64, 512, 512), Square(1, 128, 256, 256), Square(1, 256, 128, 128),
        Square(1, 64, 3, 224), Square(1, 64, 224, 3), Square(1, 256, 128, 3),
        Create(1, 64, 64, 224, 224, 1, 1), Create(1, 16, 16, 672, 672, 1, 1),
        Create(1, 64, 64, 224, 224, 3, 3) with { Padding = ConvolutionPadding.All(1), Stride = 2 },
        Create(1, 32, 32, 448, 448, 3, 3) with { Padding = ConvolutionPadding.All(1), Upsample = true },
        Create(1, 64, 64, 64, 128, 4, 4) with { Padding = ConvolutionPadding.All(1), Stride = 2 },
    ];

    /// <summary>Whether finite differences of every element take no time to speak of.</summary>
    public static bool IsDifferentiable(in ConvolutionShape shape) => shape.FloatingPointOperations < 40_000;

    /// <summary>A 3 x 3 convolution that keeps the size of its square images.</summary>
    public static ConvolutionShape Square(int batch, int size, int inputChannels, int outputChannels) =>
        Create(batch, size, size, inputChannels, outputChannels, 3, 3) with { Padding = ConvolutionPadding.All(1) };

    /// <summary>Weights that keep the scale of their input.</summary>
    public static Fill Weights(int terms) => Fills.Normal(0, 1 / Math.Sqrt(terms));

    /// <summary>
    /// Rounding of a sum of products in fp32, as a part of the largest result: every addition errs by up to 2^-24 of the sum so far, and
    /// such errors grow like a random walk.
    /// </summary>
    public static Tolerance SumOf(int terms) => Tolerance.Sum(5e-7 + (8e-8 * Math.Sqrt(terms)));

    /// <summary>
    /// Tolerances of tiles of 4 x 4 outputs, where the transforms round at the size of their largest terms: the error's root mean square is
    /// about 4 times that of the formula, and its largest was found up to 1.22 times beyond the formula's tolerance (1120 channels; pixels
    /// that are repeated, whose equal terms add up; the simulator, which has no fused multiply-adds).
    /// </summary>
    public static IReadOnlyDictionary<string, Tolerance> InTilesOfFour(Tolerance formula)
    {
        string[] names = [WinogradVariants.Name4, .. WinogradGpuVariants.Names4];
        return names.ToDictionary(name => name, _ => Tolerance.Sum(2 * formula.OfMaximum));
    }

    private static ConvolutionShape Create(
        int batch, int height, int width, int inputChannels, int outputChannels, int kernelHeight, int kernelWidth) => new()
        {
            Batch = batch,
            Height = height,
            Width = width,
            InputChannels = inputChannels,
            OutputChannels = outputChannels,
            KernelHeight = kernelHeight,
            KernelWidth = kernelWidth,
        };
}
