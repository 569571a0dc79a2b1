using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>The tiles of all images of a Winograd convolution, counted row by row, image by image, and how many of them are taken at a time.</summary>
internal readonly record struct TileGrid
{
    /// <summary>Pixels of a tile's edge.</summary>
    public required int Tile { get; init; }

    /// <summary>Rows of tiles of an image.</summary>
    public required int Rows { get; init; }

    /// <summary>Columns of tiles of an image.</summary>
    public required int Columns { get; init; }

    /// <summary>Tiles of all images.</summary>
    public required int Tiles { get; init; }

    /// <param name="geometry">Whose targets are cut.</param>
    /// <param name="tile">Pixels of a tile's edge.</param>
    /// <exception cref="ArgumentException">There are more than 2^31 - 1 tiles.</exception>
    public static TileGrid Of(in WinogradGeometry geometry, int tile)
    {
        var (rows, columns) = (CeilingDivide(geometry.TargetHeight, tile), CeilingDivide(geometry.TargetWidth, tile));
        return new TileGrid { Tile = tile, Rows = rows, Columns = columns, Tiles = Check.Elements(geometry.Batch, rows, columns) };
    }

    /// <summary>The micro-kernels' tile for the products of a layer's planes: tiles of all images by target channels.</summary>
    /// <param name="geometry">Whose targets are cut.</param>
    /// <param name="tile">Pixels of a tile's edge.</param>
    /// <exception cref="ArgumentException">There are more than 2^31 - 1 tiles.</exception>
    public static TileShape ShapeOfProducts<T>(in WinogradGeometry geometry, int tile)
        where T : unmanaged, ISimd<T> => TileShape.For<T>(Of(geometry, tile).Tiles, geometry.TargetChannels);

    /// <summary>Tiles of a band, but for the last: bands of the same size, as few as need no more than some bytes.</summary>
    /// <param name="bytes">The most bytes, unless a single tile needs more.</param>
    /// <param name="floats">Transformed elements of a tile.</param>
    /// <param name="most">The most tiles.</param>
    public int BandTiles(long bytes, long floats, int most = int.MaxValue)
    {
        var fitting = (int)Math.Clamp(bytes / (sizeof(float) * floats), 1, Math.Min(Tiles, most));
        return CeilingDivide(Tiles, CeilingDivide(Tiles, fitting));
    }

    private static int CeilingDivide(int dividend, int divisor) => (int)(((long)dividend + divisor - 1) / divisor);
}
