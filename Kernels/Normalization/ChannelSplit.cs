namespace KernelDiff.Kernels.Normalization;

/// <summary>How the rows (pixels) of an image are cut into parts that are reduced independently: by the image's shape alone.</summary>
internal readonly record struct ChannelSplit
{
    /// <summary>Elements of a part on a CPU: long enough to hide the hand-over to a worker, short enough to stay in its second-level cache.</summary>
    private const int CpuElements = 32768;

    /// <summary>The most rows of a part on a CPU: sums over them keep their accuracy where channels are few.</summary>
    private const int CpuRows = 1024;

    /// <summary>Parts of a GPU whose sums are added by one group of threads.</summary>
    private const int GpuParts = 64;

    /// <summary>The most parts of an image on a GPU: groups of threads along y.</summary>
    private const int MaximumGpuParts = 65535;

    private ChannelSplit(int rows, int channels, int rowsPerPart)
    {
        Rows = rows;
        Channels = channels;
        RowsPerPart = rowsPerPart;
        Count = (int)(((long)rows + rowsPerPart - 1) / rowsPerPart);
    }

    /// <summary>Rows of an image.</summary>
    public int Rows { get; }

    public int Channels { get; }

    /// <summary>Elements of an image.</summary>
    public long Elements => (long)Rows * Channels;

    /// <summary>Rows of each part but the last, which may have fewer.</summary>
    public int RowsPerPart { get; }

    /// <summary>Parts of an image.</summary>
    public int Count { get; }

    public static ChannelSplit ForCpu(int rows, int channels)
    {
        var parts = Math.Max(
            (((long)rows * channels) + CpuElements - 1) / CpuElements,
            (rows + CpuRows - 1) / CpuRows);

        // A multiple of four: rows are processed four at a time.
        var rowsPerPart = (rows + parts - 1) / parts;
        return new ChannelSplit(rows, channels, (int)((rowsPerPart + 3) / 4 * 4));
    }

    /// <summary>Parts short enough to occupy a large GPU, and so that one shift per part costs no accuracy.</summary>
    public static ChannelSplit ForGpu(int rows, int channels)
    {
        var rowsPerPart = rows <= 2048 ? 32 : rows <= 8192 ? 64 : 128;
        return new(rows, channels, Math.Max(rowsPerPart, (int)(((long)rows + MaximumGpuParts - 1) / MaximumGpuParts)));
    }

    /// <summary>A bounded number of parts, for sums over all rows of a batch.</summary>
    public static ChannelSplit ForGpuSums(int rows, int channels) =>
        new(rows, channels, Math.Max(32, (int)(((long)rows + GpuParts - 1) / GpuParts)));

    /// <summary>Rows of part <paramref name="part"/>.</summary>
    public int RowsOf(int part) => Math.Min(RowsPerPart, Rows - (part * RowsPerPart));

    /// <summary>Index of the first element of part <paramref name="part"/> of image <paramref name="image"/>.</summary>
    public long Start(int image, int part) => (((long)image * Rows) + ((long)part * RowsPerPart)) * Channels;
}
