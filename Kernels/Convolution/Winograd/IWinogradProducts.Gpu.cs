using ILGPU;
using KernelDiff.Kernels.Gpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>How a class of devices multiplies the planes of a Winograd algorithm.</summary>
internal interface IWinogradProducts
{
    /// <summary>Every kernel that it launches.</summary>
    static abstract GpuKernel[] Kernels { get; }

    /// <summary>Tiles that a group transforms.</summary>
    static abstract int GroupTiles { get; }

    /// <summary>Transformed sources and sums of a band, at most, unless a single tile has more.</summary>
    static abstract long BandBytes { get; }

    /// <summary>Whether weights are multiplied in another order than the one in which the arguments hold them.</summary>
    static abstract bool Arranges { get; }

    /// <summary>Target channels whose weights are transformed and multiplied before the next ones: all, or what stays in the cache.</summary>
    static abstract int ChunkColumns(in WinogradGeometry geometry, int planes);

    /// <summary>Elements of a tap, or of a plane, of the weights of some target channels as <see cref="Multiply"/> reads them.</summary>
    static abstract int WeightsLength(in WinogradGeometry geometry, int columns);

    /// <summary>Brings weights into the order in which they are multiplied.</summary>
    /// <param name="device">Where.</param>
    /// <param name="geometry">What is computed.</param>
    /// <param name="weights">As the arguments hold them.</param>
    /// <param name="firstColumn">The first target channel.</param>
    /// <param name="columns">Number of target channels.</param>
    /// <param name="arranged">Receives [9][<see cref="WeightsLength"/>].</param>
    static abstract void Arrange(
        GpuDevice device, in WinogradGeometry geometry, ArrayView<float> weights, int firstColumn, int columns, ArrayView<float> arranged);

    /// <summary>The matrix product, for sums over tiles.</summary>
    static abstract GpuVariant<MatmulArguments> Matmul { get; }

    /// <summary>Multiplies the tiles of every plane with its weights.</summary>
    static abstract void Multiply(GpuDevice device, in WinogradGeometry geometry, in PlaneProducts products);
}

/// <summary>For CPUs behind OpenCL: weights in panels, tiles in vector registers.</summary>
internal readonly struct TiledWinogradProducts : IWinogradProducts
{
    // Transformed weights that a last-level cache holds until they are multiplied.
    private const long ChunkBytes = 16 << 20;

    public static GpuVariant<MatmulArguments> Matmul => TiledMatmul.Variant;

    public static GpuKernel[] Kernels => [.. TiledMatmul.PlaneKernels, .. PackPanels.Kernels];

    public static int GroupTiles => 1;

    public static long BandBytes => 32 << 20;

    public static bool Arranges => true;

    public static int ChunkColumns(in WinogradGeometry geometry, int planes)
    {
        var bytesOfPanel = sizeof(float) * (long)planes * geometry.SourceChannels * PanelWidth(geometry);
        return (int)Math.Min(geometry.TargetChannels, Math.Max(1, ChunkBytes / bytesOfPanel) * PanelWidth(geometry));
    }

    public static int WeightsLength(in WinogradGeometry geometry, int columns) =>
        PackPanels.PackedLength(geometry.SourceChannels, columns, PanelWidth(geometry));

    public static void Arrange(
        GpuDevice device, in WinogradGeometry geometry, ArrayView<float> weights, int firstColumn, int columns, ArrayView<float> arranged)
    {
        var columnStride = geometry.IsGradient ? geometry.SourceChannels : 1;
        PackPanels.Launch(
            device,
            weights.SubView((long)firstColumn * columnStride),
            columnStride,
            geometry.IsGradient ? 1 : geometry.TargetChannels,
            geometry.SourceChannels * geometry.TargetChannels,
            WinogradGeometry.Taps,
            geometry.SourceChannels,
            columns,
            PanelWidth(geometry),
            arranged);
    }

    public static void Multiply(GpuDevice device, in WinogradGeometry geometry, in PlaneProducts products) =>
        TiledMatmul.LaunchPlanes(device, products, PanelWidth(geometry));

    private static int PanelWidth(in WinogradGeometry geometry) => PackPanels.PreferredWidth(geometry.TargetChannels);
}

/// <summary>For GPUs: weights as they are, slices of them in shared memory.</summary>
internal readonly struct SharedWinogradProducts : IWinogradProducts
{
    public static GpuVariant<MatmulArguments> Matmul => SharedMatmul.Variant;

    public static GpuKernel[] Kernels => [.. SharedMatmul.PlaneKernels];

    public static int GroupTiles => 4;

    public static long BandBytes => 256 << 20;

    public static bool Arranges => false;

    public static int ChunkColumns(in WinogradGeometry geometry, int planes) => geometry.TargetChannels;

    public static int WeightsLength(in WinogradGeometry geometry, int columns) => geometry.SourceChannels * columns;

    public static void Arrange(
        GpuDevice device, in WinogradGeometry geometry, ArrayView<float> weights, int firstColumn, int columns, ArrayView<float> arranged) =>
        throw new NotSupportedException("Weights are multiplied as they are.");

    public static void Multiply(GpuDevice device, in WinogradGeometry geometry, in PlaneProducts products) =>
        SharedMatmul.LaunchPlanes(device, products, transposeRight: geometry.IsGradient);
}
