using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using KernelDiff.Kernels.Gpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// Weight gradients for GPUs: 64 threads share a tile of 64 left by 64 right channels of one tap, slices of eight positions pass through two
/// buffers of shared memory, so that the next slice is on its way while the current one is multiplied.
/// </summary>
internal static class SharedWeightGradient
{
    // Left and right pixels, two buffers. The finished tile passes through the same memory, 32 rows at a time.
    private const int SharedLength = 4 * SliceProducts.SharedLength;

    // Threads of a group that copies or adds.
    private const int CopyThreads = 128;

    // Groups that keep a large GPU busy.
    private const int WantedGroups = 2048;

    // Positions that make a part worth its own sums: 32 slices.
    private const int PartPositions = 256;

    private const int MostParts = 32;

    private static readonly GpuKernel<Parameters> AnyKernel = new(Multiply<OperandSlice>);
    private static readonly GpuKernel<Parameters> QuadsKernel = new(Multiply<RowQuads>);

    public static GpuKernel[] Kernels => [AnyKernel, QuadsKernel, .. PaddedImageKernel.Kernels, .. WeightGradientParts.Kernels];

    public static void Launch(GpuDevice device, in TapProducts products, in WeightGradientOperands operands)
    {
        var image = PaddedImage.Of(products);
        using var copy = device.Rent<float>(image.IsCopy ? image.Length : 0);
        var left = device.View(operands.Left);
        if (image.IsCopy)
        {
            PaddedImageKernel.Launch(device, image, left, device.View(copy.Span), CopyThreads);
            left = device.View(copy.Span);
        }

        var tiles = TilesOver(products.Left.Channels) * products.Taps * TilesOver(products.Right.Channels);
        var grid = WeightGradientGrid.Of(products, image, PartPositions, Math.Clamp(WantedGroups / tiles, 1, MostParts));
        using var sums = device.Rent<float>(grid.Parts == 1 ? 0 : Check.Elements(grid.Parts, operands.Gradient.Length));
        var hasQuads = QuadAlignment.Holds(operands.Left, products.Left.Channels)
            && QuadAlignment.Holds(operands.Right, products.Right.Channels);
        device.Launch(
            hasQuads ? QuadsKernel : AnyKernel,
            new Index3D(TilesOver(products.Left.Channels) * products.Taps, TilesOver(products.Right.Channels), grid.Parts),
            new Index3D(OuterTile.Threads, 1, 1),
            new Parameters
            {
                Left = left,
                Right = device.View(operands.Right),
                Gradient = device.View(grid.Parts == 1 ? operands.Gradient : sums.Span),
                Grid = grid,
                TilesPerTap = TilesOver(products.Left.Channels),
                Rows = products.Left.Channels,
                Columns = products.Right.Channels,
                Accumulate = grid.Parts == 1 && operands.Accumulate ? 1 : 0,
                PartLength = operands.Gradient.Length,
            });
        WeightGradientParts.Launch(device, grid.Parts, sums.Span, operands, CopyThreads);
    }

    private static int TilesOver(int channels) => (channels + OuterTile.Size - 1) / OuterTile.Size;

    internal static void Multiply<TSlice>(Parameters p)
        where TSlice : struct, IOperandSlice<TSlice>
    {
        var shared = SharedMemory.Allocate<float>(SharedLength);
        var quads = shared.Cast<Quad>();
        var thread = Group.IdxX;
        var tap = Grid.IdxX / p.TilesPerTap;
        var firstRow = (Grid.IdxX - (tap * p.TilesPerTap)) * OuterTile.Size;
        var firstColumn = Grid.IdxY * OuterTile.Size;

        var line = Grid.IdxZ * p.Grid.PartLines;
        var lastLine = IntrinsicMath.Min(line + p.Grid.PartLines, p.Grid.Lines);
        var position = 0;
        var left = PlaceLeft<TSlice>(p, line, tap, firstRow);
        var right = PlaceRight<TSlice>(p, line, tap, firstColumn);
        left.Load(p.Left, p.Grid.LineLength);
        right.Load(p.Right, p.Grid.LineLength);
        left.Store(shared, 0);
        right.Store(shared, SliceProducts.SharedLength);
        Group.Barrier();

        var y = OuterTile.RowOf(thread);
        var x = OuterTile.ColumnOf(thread);
        OuterTile tile = default;
        var current = 0;
        while (line < lastLine)
        {
            position += SliceProducts.Depth;
            if (position >= p.Grid.LineLength)
            {
                position = 0;
                line += 1;
                left = PlaceLeft<TSlice>(p, line, tap, firstRow);
                right = PlaceRight<TSlice>(p, line, tap, firstColumn);
            }

            // Behind the last line this reads and stores what nobody uses.
            var positions = line < lastLine ? p.Grid.LineLength - position : 0;
            left.Load(p.Left, positions);
            right.Load(p.Right, positions);

            var leftQuad = (current / 4) + y;
            var rightQuad = ((current + SliceProducts.SharedLength) / 4) + x;
            tile = SliceProducts.Add(tile, quads, leftQuad, rightQuad);

            // What is overwritten was last read before the barrier that ended the previous round.
            current = (2 * SliceProducts.SharedLength) - current;
            left.Store(shared, current);
            right.Store(shared, current + SliceProducts.SharedLength);
            Group.Barrier();
        }

        var target = (Grid.IdxZ * p.PartLength) + (tap * p.Rows * p.Columns);
        tile.StoreUpper(quads, x, y);
        Group.Barrier();
        StoreHalf(p, shared, target, firstRow, firstColumn + thread);
        Group.Barrier();
        tile.StoreLower(quads, x, y);
        Group.Barrier();
        StoreHalf(p, shared, target, firstRow + (OuterTile.Size / 2), firstColumn + thread);
    }

    /// <summary>At the first position of a line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TSlice PlaceLeft<TSlice>(Parameters p, int line, int tap, int firstRow)
        where TSlice : struct, IOperandSlice<TSlice> =>
        TSlice.Place(Group.IdxX, p.Grid.LeftIndex(line, tap) + firstRow, 1, p.Rows - firstRow, p.Grid.LeftStep);

    /// <summary>At the first position of a line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TSlice PlaceRight<TSlice>(Parameters p, int line, int tap, int firstColumn)
        where TSlice : struct, IOperandSlice<TSlice> =>
        TSlice.Place(Group.IdxX, p.Grid.RightIndex(line, tap) + firstColumn, 1, p.Columns - firstColumn, p.Grid.RightStep);

    /// <summary>Each thread finishes one column of half the tile, so that neighbours write neighbouring elements.</summary>
    private static void StoreHalf(Parameters p, ArrayView<float> shared, int target, int firstRow, int column)
    {
        if (column < p.Columns)
        {
            var rows = IntrinsicMath.Min(OuterTile.Size / 2, p.Rows - firstRow);
            for (var row = 0; row < rows; row++)
            {
                var index = target + ((firstRow + row) * p.Columns) + column;
                var sum = shared[(row * OuterTile.Pitch) + Group.IdxX];
                p.Gradient[index] = p.Accumulate != 0 ? p.Gradient[index] + sum : sum;
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
        public int Rows;
        public int Columns;
        public int Accumulate;
        public int PartLength;
    }
}
