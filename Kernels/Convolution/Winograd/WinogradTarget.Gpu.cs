using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Parameters of the kernels that transform sums back and write a tile of outputs: output + bias + imageBias + residual.</summary>
internal struct WinogradTarget
{
    /// <summary>[planes][planeStride], the first tiles · channels elements of each plane are read.</summary>
    public ArrayView<float> Planes;

    public int PlaneStride;

    // Rows and columns of an image.
    public int Height;
    public int Width;

    // Pixels of a tile's edge, tiles of an image, tiles of the band and the first of them.
    public int Step;
    public int TileRows;
    public int TileColumns;
    public int FirstTile;
    public int Tiles;

    /// <summary>Groups over the channels of a tile.</summary>
    public int Blocks;

    public ConvolutionEpilogue Epilogue;

    /// <summary>The targets of a convolution, before they are given sums, an epilogue and a band.</summary>
    public static WinogradTarget Of(in WinogradGeometry geometry, in TileGrid grid) => new()
    {
        Height = geometry.TargetHeight,
        Width = geometry.TargetWidth,
        Step = grid.Tile,
        TileRows = grid.Rows,
        TileColumns = grid.Columns,
        Blocks = WinogradGroups.Blocks(geometry.TargetChannels),
    };

    /// <summary>The tile and channel of this thread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Place Find()
    {
        Place place;
        var group = Grid.IdxX / Blocks;
        var tile = (group * Group.DimY) + Group.IdxY;
        place.Channel = ((Grid.IdxX - (group * Blocks)) * Group.DimX) + Group.IdxX;
        place.IsInside = tile < Tiles && place.Channel < Epilogue.Channels;
        place.Source = (tile * Epilogue.Channels) + place.Channel;
        var line = (FirstTile + tile) / TileColumns;
        place.Image = line / TileRows;
        var row = (line - (place.Image * TileRows)) * Step;
        var column = (FirstTile + tile - (line * TileColumns)) * Step;
        place.Rows = Height - row;
        place.Columns = Width - column;
        place.Target = Epilogue.PixelIndex(place.Image, row, column);
        return place;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Read(Place place, int plane) => Planes[(plane * PlaneStride) + place.Source];

    /// <summary>The biases of the thread's channel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Bias(Place place)
    {
        var bias = 0f;
        if (Epilogue.HasBias != 0)
        {
            bias = Epilogue.Bias[place.Channel];
        }

        if (Epilogue.HasImageBias != 0)
        {
            bias += Epilogue.ImageBias[(place.Image * Epilogue.Channels) + place.Channel];
        }

        return bias;
    }

    /// <summary>Writes a pixel of the tile, unless it is outside the image.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(Place place, int row, int column, float value)
    {
        if (row < place.Rows && column < place.Columns)
        {
            var index = place.Target + (row * Epilogue.RowStride) + (column * Epilogue.PixelStride) + place.Channel;
            if (Epilogue.HasResidual != 0)
            {
                value += Epilogue.Residual[index];
            }

            Epilogue.Target[index] = value;
        }
    }

    /// <summary>A thread's tile and channel.</summary>
    internal struct Place
    {
        public int Image;
        public int Rows;
        public int Columns;
        public int Channel;
        public int Source;
        public int Target;
        public bool IsInside;
    }
}
