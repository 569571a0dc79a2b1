namespace KernelDiff.Kernels.Convolution;

/// <summary>Where the pixels of overlapping or touching square tiles of images lie.</summary>
internal readonly unsafe struct WinogradTiles
{
    public required float* Source { get; init; }

    /// <summary>Rows of an image in memory.</summary>
    public required int Height { get; init; }

    /// <summary>Columns of an image in memory.</summary>
    public required int Width { get; init; }

    public required int Channels { get; init; }

    /// <summary>Rows of zeros above the image; negative where its first rows are not seen.</summary>
    public int Top { get; init; }

    /// <summary>Columns of zeros left of the image; negative where its first columns are not seen.</summary>
    public int Left { get; init; }

    /// <summary>2 where the image is up-sampled, else 1.</summary>
    public int Repeat { get; init; }

    /// <summary>Rows of tiles of an image.</summary>
    public required int TileRows { get; init; }

    /// <summary>Columns of tiles of an image.</summary>
    public required int TileColumns { get; init; }

    /// <summary>Pixels from one tile to the next.</summary>
    public required int Step { get; init; }

    /// <summary>Rows and columns of pixels of a tile.</summary>
    public required int Edge { get; init; }

    /// <summary>Floats from one pixel to the next in planes of transformed tiles: rows start on cache lines.</summary>
    public static long RowLength(int channels) => (channels + 15L) / 16 * 16;

    /// <summary>
    /// Floats of a plane. The planes of a place are written together: their addresses must not fall into the same few sets of the
    /// first-level cache.
    /// </summary>
    public static long PlaneLength(long floats)
    {
        const int Page = 4096 / sizeof(float);
        const int Offset = 320 / sizeof(float);
        return ((floats + Page - 1 - Offset) / Page * Page) + Offset;
    }

    /// <summary>Finds the pixels of a tile, row by row.</summary>
    /// <param name="tile">The tile, counted over all images.</param>
    /// <param name="pixels">Receives a pointer for each.</param>
    /// <param name="zeros">Stands for pixels outside the image.</param>
    public void Locate(int tile, float** pixels, float* zeros)
    {
        var (row, column) = Math.DivRem(tile, TileColumns);
        (var image, row) = Math.DivRem(row, TileRows);
        var (top, left) = ((row * Step) - Top, (column * Step) - Left);
        var (height, width) = (Repeat * Height, Repeat * Width);
        var shift = Repeat - 1;
        for (var y = top; y < top + Edge; y++)
        {
            var line = Source + ((((long)image * Height) + (y >> shift)) * Width * Channels);
            for (var x = left; x < left + Edge; x++)
            {
                var inside = (uint)y < (uint)height && (uint)x < (uint)width;
                *pixels++ = inside ? line + ((long)(x >> shift) * Channels) : zeros;
            }
        }
    }
}
