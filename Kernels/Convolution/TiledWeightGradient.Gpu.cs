using ILGPU;
using ILGPU.Runtime;
using KernelDiff.Kernels.Gpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// Weight gradients for CPUs behind OpenCL: a thread is a core, which holds a few left channels by many right ones of one tap in its vector
/// registers while the positions of some grid rows pass by.
/// </summary>
internal static class TiledWeightGradient
{
    // Positions worth sums of their own: short enough for rounding and for a cache, long enough to be worth adding up.
    private const int PartPositions = 1024;

    private const int MostParts = 8;

    private static readonly GpuKernel<Parameters> Wide = new(Multiply<Rows4<Columns64>>);
    private static readonly GpuKernel<Parameters> Narrow = new(Multiply<Rows4<Columns32>>);

    public static GpuKernel[] Kernels =>
        [Wide, Narrow, .. PaddedImageKernel.Kernels, .. PackPanels.Kernels, .. WeightGradientParts.Kernels];

    public static void Launch(GpuDevice device, in TapProducts products, in WeightGradientOperands operands)
    {
        var image = PaddedImage.Of(products);
        using var copy = device.Rent<float>(image.IsCopy ? image.Length : 0);
        var left = device.View(operands.Left);
        if (image.IsCopy)
        {
            PaddedImageKernel.Launch(device, image, left, device.View(copy.Span), threads: 1);
            left = device.View(copy.Span);
        }

        var grid = WeightGradientGrid.Of(products, image, PartPositions, MostParts);
        var columns = products.Right.Channels;
        var isWide = PackPanels.PrefersWide(columns);
        var width = isWide ? Columns64.Width : Columns32.Width;
        var isShort = products.Left.Channels < Rows4<Columns64>.Rows;
        var tileRows = isShort ? 1 : Rows4<Columns64>.Rows;
        using var sums = device.Rent<float>(grid.Parts == 1 ? 0 : Check.Elements(grid.Parts, operands.Gradient.Length));
        var parameters = new Parameters
        {
            Left = left,
            Right = device.View(operands.Right),
            Gradient = device.View(grid.Parts == 1 ? operands.Gradient : sums.Span),
            Grid = grid,
            TilesPerTap = (products.Left.Channels + tileRows - 1) / tileRows,
            TileRows = tileRows,
            TileStride = isShort ? 0 : 1,
            Width = width,
            Rows = products.Left.Channels,
            Columns = columns,
            Accumulate = grid.Parts == 1 && operands.Accumulate ? 1 : 0,
            PartLength = operands.Gradient.Length,
        };

        // Whole panels are read where they are; a ragged last one is packed, with columns of zeros.
        var wholePanels = columns / width;
        LaunchPanels(device, isWide, parameters, wholePanels);
        var ragged = columns - (wholePanels * width);
        if (ragged > 0)
        {
            var pixels = products.Batch * products.Right.Height * products.Right.Width;
            using var packed = device.Rent<float>(PackPanels.PackedLength(pixels, ragged, width));
            var right = parameters.Right.SubView((long)wholePanels * width);
            parameters.Right = device.View(packed.Span);
            PackPanels.Launch(device, right, 1, columns, 0, 1, pixels, ragged, width, parameters.Right);
            parameters.Grid = grid.WithRightChannels(columns, width);
            parameters.FirstPanel = wholePanels;
            LaunchPanels(device, isWide, parameters, 1);
        }

        WeightGradientParts.Launch(device, grid.Parts, sums.Span, operands, threads: 1);
    }

    /// <summary>Tiles and taps that read the same part of the right image follow one another, so that a core finds it in its cache.</summary>
    private static void LaunchPanels(GpuDevice device, bool isWide, in Parameters parameters, int panels) =>
        device.Launch(
            isWide ? Wide : Narrow,
            new Index3D(parameters.TilesPerTap * parameters.Grid.Taps, panels, parameters.Grid.Parts),
            new Index3D(1, 1, 1),
            parameters);

    internal static void Multiply<TTile>(Parameters p)
        where TTile : struct, ITile<TTile>
    {
        var finished = SharedMemory.Allocate<float>(4 * 64);
        var tap = Grid.IdxX / p.TilesPerTap;

        // The last tile is moved up until it fits, and stores only the rows that the one before it does not.
        var firstStored = (Grid.IdxX - (tap * p.TilesPerTap)) * p.TileRows;
        var firstRow = IntrinsicMath.Min(firstStored, p.Rows - p.TileRows);
        var panel = Grid.IdxY * p.Width;

        var firstLine = Grid.IdxZ * p.Grid.PartLines;
        var lines = IntrinsicMath.Min(p.Grid.PartLines, p.Grid.Lines - firstLine);
        TTile tile = default;
        for (var line = firstLine; line < firstLine + lines; line++)
        {
            var left = p.Grid.LeftIndex(line, tap) + firstRow;
            var right = p.Grid.RightIndex(line, tap) + panel;
            for (var position = 0; position < p.Grid.LineLength; position++)
            {
                tile.MultiplyAdd(p.Left, left, p.TileStride, p.Right, right);
                left += p.Grid.LeftStep;
                right += p.Grid.RightStep;
            }
        }

        tile.Store(finished, p.Zero, p.Width);
        var firstColumn = (p.FirstPanel * p.Width) + panel;
        var columns = IntrinsicMath.Min(p.Width, p.Columns - firstColumn);
        for (var row = firstStored; row < firstRow + p.TileRows; row++)
        {
            var sums = (row - firstRow) * p.Width;
            var target = (Grid.IdxZ * p.PartLength) + (((tap * p.Rows) + row) * p.Columns) + firstColumn;
            if (p.Accumulate != 0)
            {
                for (var column = 0; column < columns; column++)
                {
                    finished[sums + column] += p.Gradient[target + column];
                }
            }

            for (var column = 0; column < columns; column++)
            {
                p.Gradient[target + column] = finished[sums + column];
            }
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Left;
        public ArrayView<float> Right;

        /// <summary>[parts][taps][rows][columns].</summary>
        public ArrayView<float> Gradient;

        public WeightGradientGrid Grid;
        public int TilesPerTap;
        public int TileRows;
        public int TileStride;
        public int FirstPanel;
        public int Width;
        public int Rows;
        public int Columns;
        public int Accumulate;
        public int PartLength;

        // Always 0, which the compiler must not know: see IColumns.
        public int Zero;
    }
}
