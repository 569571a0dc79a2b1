using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// How a phase of a convolution is cut: into items for the threads, and the sum of each target into blocks whose weights stay in the
/// second-level cache while the pixels of an item pass by. A target is the same chain of additions however it is cut, so a plan may follow
/// the number of threads without changing a bit of the result.
/// </summary>
internal readonly struct IndirectConvolutionPlan
{
    // Half of the second-level cache of most processors; the other half is for the pixels that pass by.
    private const long CachedBytesOfWeights = 512 * 1024;

    // Packing the weights of an item costs a few hundredths of multiplying them with so many pixels.
    private const int FewestPixels = 128;

    // An item below about 2 microseconds costs more to hand out than it gains.
    private const long SmallestItem = 1_000_000;

    // So many items per thread even out what other processes take away.
    private const int ItemsPerThread = 8;

    public IndirectConvolutionPlan(
        GatherConvolution convolution, GatherPhase phase, int threads, int lanes, int maximumRows, int maximumVectors)
    {
        var (depth, columns) = (convolution.SourceChannels, convolution.TargetChannels);
        Layout = new PanelLayout(columns, lanes, maximumVectors);
        Pixels = convolution.Batch * phase.Pixels;
        ReadsWeightsInPlace = Pixels <= FewestPixels && convolution.StoresPanelRowsInOrder(phase);
        var cachedBytes = ReadsWeightsInPlace ? CachedBytesOfWeights / 4 : CachedBytesOfWeights;
        Tiles = CeilingDivide(Pixels, maximumRows);

        var rowBytes = sizeof(float) * (long)maximumVectors * lanes;
        var tapBytes = rowBytes * depth;
        DepthBlocks = CeilingDivide(tapBytes, cachedBytes);
        TapBlocks = CeilingDivide(phase.Taps, Math.Max(1, cachedBytes / tapBytes));

        var operations = 2L * Pixels * columns * phase.Taps * depth;
        var wanted = threads == 1 ? 1 : Math.Clamp(operations / SmallestItem, 1, (long)threads * ItemsPerThread);
        var cachedPanels = Math.Max(1, cachedBytes / (tapBytes * phase.Taps));
        var fewestPanelItems = CeilingDivide(Layout.Panels, cachedPanels);
        PixelItems = (int)Math.Clamp(CeilingDivide(wanted, fewestPanelItems), 1, CeilingDivide(Pixels, FewestPixels));
        PanelItems = (int)Math.Clamp(CeilingDivide(wanted, PixelItems), fewestPanelItems, Layout.Panels);
    }

    public PanelLayout Layout { get; }

    /// <summary>Whether micro-kernels read weights where they lie: a few pixels are over before packing has paid.</summary>
    public bool ReadsWeightsInPlace { get; }

    /// <summary>Target pixels of all images.</summary>
    public int Pixels { get; }

    /// <summary>Tiles that the pixels are dealt out to evenly.</summary>
    public int Tiles { get; }

    /// <summary>Parts of the taps whose weights are in the cache at a time.</summary>
    public int TapBlocks { get; }

    /// <summary>Parts of the source channels, where the weights of one tap do not fit.</summary>
    public int DepthBlocks { get; }

    public int PixelItems { get; }

    public int PanelItems { get; }

    public int Items => PixelItems * PanelItems;

    /// <summary>The first pixel of a tile; tiles differ by one pixel at most.</summary>
    public int FirstPixel(int tile) => (int)((long)Pixels * tile / Tiles);

    /// <summary>The first tile of an item.</summary>
    public int FirstTile(int pixelItem) => (int)((long)Tiles * pixelItem / PixelItems);

    /// <summary>The first panel of an item.</summary>
    public int FirstPanel(int panelItem) => (int)((long)Layout.Panels * panelItem / PanelItems);

    private static int CeilingDivide(long dividend, long divisor) => (int)((dividend + divisor - 1) / divisor);
}
