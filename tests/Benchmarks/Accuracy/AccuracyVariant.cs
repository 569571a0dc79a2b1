using KernelDiff.Kernels;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Benchmarks;

/// <summary>A way to compute the same network.</summary>
/// <param name="Name">Of the column.</param>
/// <param name="Algorithm">Of convolutions.</param>
/// <param name="Width">Of vectors; null for the machine's widest.</param>
internal sealed record AccuracyVariant(string Name, ConvolutionAlgorithm Algorithm, SimdWidth? Width)
{
    /// <summary>What the others are compared with.</summary>
    public static AccuracyVariant Exact { get; } = new("exact", ConvolutionAlgorithm.Direct, null);

    /// <summary>
    /// The fast algorithms, and for scale the exact one with vectors half as wide: it adds up the same products in another order, which is
    /// the difference that any two correct implementations have.
    /// </summary>
    public static IReadOnlyList<AccuracyVariant> Compared { get; } =
    [
        new("fast", ConvolutionAlgorithm.Auto, null),
        new("exact, other order of sums", ConvolutionAlgorithm.Direct, Narrower),
    ];

    private static SimdWidth Narrower =>
        SimdSupport.FromEnvironment() == SimdWidth.Vector512 ? SimdWidth.Vector256 : SimdWidth.Vector128;

    public Device Open(int threads)
    {
        var device = DeviceCatalog.Open("cpu", new DeviceOptions { Threads = threads, SimdWidth = Width });
        device.Algorithm = Algorithm;
        return device;
    }
}
