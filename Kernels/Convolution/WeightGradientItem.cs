using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>One item of a weight gradient: some taps, some tiles of input channels, one panel of output channels.</summary>
internal readonly unsafe struct WeightGradientItem<T>(
    TapProducts products, WeightGradientPlan plan, float* left, float* right, float* gradient, bool accumulate) : IWorkItem
    where T : unmanaged, ISimd<T>
{
    [MethodImpl(HotLoop.Options)]
    public void Run(int index)
    {
        var (rest, panel) = Math.DivRem(index, plan.Layout.Panels);
        var (tapItem, tileItem) = Math.DivRem(rest, plan.TileItems);
        using var scratch = WorkerScratch.Open();
        var item = new Item
        {
            Panel = panel,
            Width = plan.Layout.Width(panel),
            FirstTap = plan.FirstTap(tapItem),
            LastTap = plan.FirstTap(tapItem + 1),
            FirstTile = plan.FirstTile(tileItem),
            LastTile = plan.FirstTile(tileItem + 1),
        };
        item.FirstRow = plan.FirstRow(item.FirstTile);
        item.Rows = plan.FirstRow(item.LastTile) - item.FirstRow;
        item.Sums = scratch.Take<float>((long)(item.LastTap - item.FirstTap) * item.Rows * item.Width);
        item.Packed = scratch.Take<float>((long)WeightGradientPlan.BlockPositions * item.Width);
        item.Pointers = (float**)scratch.Take<nint>(WeightGradientPlan.BlockPositions);
        item.Zeros = scratch.Take<float>(products.Left.Channels);
        new Span<float>(item.Zeros, products.Left.Channels).Clear();

        for (var chain = 0; chain < products.Positions; chain += WeightGradientPlan.ChainPositions)
        {
            var end = Math.Min(products.Positions, chain + WeightGradientPlan.ChainPositions);
            for (var position = chain; position < end; position += WeightGradientPlan.BlockPositions)
            {
                var positions = Math.Min(WeightGradientPlan.BlockPositions, end - position);
                for (var tap = item.FirstTap; tap < item.LastTap; tap++)
                {
                    if (tap == item.FirstTap || products.Right.TapStep != 0)
                    {
                        PackRight(item, tap, position, positions);
                    }

                    Multiply(item, tap, position, positions, position > chain);
                }
            }

            Flush(item, accumulate || chain > 0);
        }
    }

    private void PackRight(in Item item, int tap, int position, int positions)
    {
        Locate(products.Right, right, item.Zeros, tap, position, positions, item.Pointers);
        var column = plan.Layout.Column(item.Panel);
        var columns = plan.Layout.ColumnsIn(item.Panel);
        for (var i = 0; i < positions; i++)
        {
            PanelPacking.PackRows<T>(item.Pointers[i] + column, 0, 1, columns, item.Packed + ((long)i * item.Width), item.Width);
        }
    }

    [MethodImpl(HotLoop.Options)]
    private void Multiply(in Item item, int tap, int position, int positions, bool addToSums)
    {
        Locate(products.Left, left, item.Zeros, tap, position, positions, item.Pointers);
        var sums = item.Sums + ((long)(tap - item.FirstTap) * item.Rows * item.Width);
        var vectors = plan.Layout.Vectors(item.Panel);
        for (var tile = item.FirstTile; tile < item.LastTile; tile++)
        {
            var row = plan.FirstRow(tile);
            var rows = plan.FirstRow(tile + 1) - row;
            MicroKernels.SelectTransposed<T>(rows, vectors)(
                item.Pointers, row, positions, item.Packed, item.Width, sums, item.Width, addToSums);
            sums += (long)rows * item.Width;
        }
    }

    /// <summary>Finds the pixels that a tap meets at some positions, counted over all images.</summary>
    [MethodImpl(HotLoop.Options)]
    private void Locate(in TapImage image, float* source, float* zeros, int tap, int position, int positions, float** pointers)
    {
        var (tapY, tapX) = Math.DivRem(tap, products.KernelWidth);
        var (rest, j) = Math.DivRem(position, products.GridWidth);
        var (n, i) = Math.DivRem(rest, products.GridHeight);
        var (height, width) = (image.Height * image.Repeat, image.Width * image.Repeat);
        for (var p = 0; p < positions; p++)
        {
            var y = image.StartY + (i * image.Step) + (tapY * image.TapStep);
            var x = image.StartX + (j * image.Step) + (tapX * image.TapStep);
            if ((uint)y < (uint)height && (uint)x < (uint)width)
            {
                if (image.Repeat == 2)
                {
                    (y, x) = (y >> 1, x >> 1);
                }

                pointers[p] = source + ((((((long)n * image.Height) + y) * image.Width) + x) * image.Channels);
            }
            else
            {
                pointers[p] = zeros;
            }

            if (++j == products.GridWidth)
            {
                j = 0;
                if (++i == products.GridHeight)
                {
                    i = 0;
                    n++;
                }
            }
        }
    }

    /// <summary>Moves the item's sums to the gradient, or adds them.</summary>
    [MethodImpl(HotLoop.Options)]
    private void Flush(in Item item, bool add)
    {
        var columns = plan.Layout.ColumnsIn(item.Panel);
        var sums = item.Sums;
        for (var tap = item.FirstTap; tap < item.LastTap; tap++)
        {
            var to = gradient + ((((long)tap * plan.Rows) + item.FirstRow) * plan.Layout.Columns) + plan.Layout.Column(item.Panel);
            for (var row = 0; row < item.Rows; row++, sums += item.Width, to += plan.Layout.Columns)
            {
                for (var c = 0; c < columns; c += T.Width)
                {
                    var count = Math.Min(T.Width, columns - c);
                    var sum = T.Load(sums + c);
                    T.StorePartial(add ? T.LoadPartial(to + c, count) + sum : sum, to + c, count);
                }
            }
        }
    }

    /// <summary>What the item computes, and scratch memory for it.</summary>
    private struct Item
    {
        public int Panel;
        public int Width;
        public int FirstTap;
        public int LastTap;
        public int FirstTile;
        public int LastTile;
        public int FirstRow;
        public int Rows;
        public float* Sums;
        public float* Packed;
        public float** Pointers;
        public float* Zeros;
    }
}
