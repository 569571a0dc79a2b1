using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Parameters of the kernels that transform tiles of images: where the pixels of a tile lie, and where its planes go.</summary>
/// <remarks>
/// What a pixel's address has in common for all channels is computed before the question whether a thread has a channel at all: an OpenCL
/// compiler then sees that neighbouring threads read neighbouring elements.
/// </remarks>
internal struct WinogradSource
{
    public ArrayView<float> Images;

    /// <summary>[planes][planeStride], the first tiles · channels elements of each plane are written.</summary>
    public ArrayView<float> Planes;

    public int PlaneStride;

    // Pixels of an image, up-sampled where Shift is 1, and the zeros before them.
    public int Height;
    public int Width;
    public int Shift;
    public int Top;
    public int Left;

    // Elements of the stored image from one row to the next, and from one image to the next.
    public int Channels;
    public int RowStride;
    public int ImageStride;

    // Pixels from one tile to the next, tiles of an image, tiles of the band and the first of them.
    public int Step;
    public int TileRows;
    public int TileColumns;
    public int FirstTile;
    public int Tiles;

    /// <summary>Groups over the channels of a tile.</summary>
    public int Blocks;

    /// <summary>The sources of a convolution, before they are given images, planes and a band.</summary>
    public static WinogradSource Of(in WinogradGeometry geometry, in TileGrid grid) => new()
    {
        Height = geometry.Repeat * geometry.SourceHeight,
        Width = geometry.Repeat * geometry.SourceWidth,
        Shift = geometry.Repeat - 1,
        Top = geometry.Top,
        Left = geometry.Left,
        Channels = geometry.SourceChannels,
        RowStride = geometry.SourceWidth * geometry.SourceChannels,
        ImageStride = geometry.SourceHeight * geometry.SourceWidth * geometry.SourceChannels,
        Step = grid.Tile,
        TileRows = grid.Rows,
        TileColumns = grid.Columns,
        Blocks = WinogradGroups.Blocks(geometry.SourceChannels),
    };

    /// <summary>The tile and channel of this thread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Place Find()
    {
        Place place;
        var group = Grid.IdxX / Blocks;
        var tile = (group * Group.DimY) + Group.IdxY;
        place.Channel = ((Grid.IdxX - (group * Blocks)) * Group.DimX) + Group.IdxX;
        place.IsInside = tile < Tiles && place.Channel < Channels;
        place.Target = (tile * Channels) + place.Channel;
        var line = (FirstTile + tile) / TileColumns;
        var image = line / TileRows;
        place.Row = ((line - (image * TileRows)) * Step) - Top;
        place.Column = ((FirstTile + tile - (line * TileColumns)) * Step) - Left;
        place.Image = image * ImageStride;
        return place;
    }

    /// <summary>A pixel of the tile, zero outside the image. A load and two selections; a branch around the load would cost more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Read(Place place, int row, int column)
    {
        var y = place.Row + row;
        var x = place.Column + column;
        var isInside = y >= 0 && y < Height && x >= 0 && x < Width;
        var pixel = isInside ? place.Image + ((y >> Shift) * RowStride) + ((x >> Shift) * Channels) : 0;
        var value = Images[pixel + place.Channel];
        return isInside ? value : 0f;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(Place place, int plane, float value) => Planes[(plane * PlaneStride) + place.Target] = value;

    /// <summary>A thread's tile and channel.</summary>
    internal struct Place
    {
        public int Image;
        public int Row;
        public int Column;
        public int Channel;
        public int Target;
        public bool IsInside;
    }
}
