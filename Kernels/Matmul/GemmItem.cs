using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Matmul;

/// <summary>One item of a product: some tiles of rows by some panels of columns.</summary>
internal readonly unsafe struct GemmItem<T>(GemmProblem problem, GemmPlan plan) : IWorkItem
    where T : unmanaged, ISimd<T>
{
    /// <summary>Whether the sums start from C or from the bias: then they are in place without a further pass.</summary>
    private readonly bool startsInPlace = !plan.HasSeveralChains && problem.Alpha == 1
        && (problem.Beta == 0 ? problem.Bias == null || !problem.TransposeA : problem.Beta == 1 && problem.Bias == null);

    public void Run(int index)
    {
        var (batch, item) = Math.DivRem(index, plan.ItemsPerProduct);
        var (rowItem, panelItem) = Math.DivRem(item, plan.PanelItems);
        var block = new Block
        {
            FirstTile = plan.FirstTile(rowItem),
            LastTile = plan.FirstTile(rowItem + 1),
            FirstPanel = plan.FirstPanel(panelItem),
            LastPanel = plan.FirstPanel(panelItem + 1),
            A = problem.A + (batch * problem.ABatchStride),
            B = problem.B + (batch * problem.BBatchStride),
            Packed = problem.Packed + (problem.Packed == null ? 0 : batch * problem.PackedBatchStride),
            C = problem.C + (batch * problem.CBatchStride),
            Residual = problem.Residual + (problem.Residual == null ? 0 : batch * problem.ResidualBatchStride),
        };
        using var scratch = WorkerScratch.Open();
        Multiply(block, scratch);
    }

    private void Multiply(in Block block, in WorkerScratch scratch)
    {
        var layout = plan.Layout;
        var firstRow = plan.FirstRow(block.FirstTile);
        var rows = plan.FirstRow(block.LastTile) - firstRow;
        var longest = (plan.Depth / plan.DepthBlocks) + 1;
        var width = MicroKernels.WidestVectors<T>() * T.Width;

        var panelScratch = scratch.Take<float>((long)longest * width);
        var pointers = (float**)scratch.Take<nint>(problem.TransposeA ? longest : MicroKernels.MaximumRows<T>());
        var columnsOfA = problem.TransposeA ? scratch.Take<float>((long)longest * rows) : null;
        var stripStart = layout.Column(block.FirstPanel);
        var strip = startsInPlace && layout.ColumnsIn(block.LastPanel - 1) == layout.Width(block.LastPanel - 1)
            ? null
            : scratch.Take<float>((long)rows * (layout.Column(block.LastPanel) - stripStart));
        var chainStrip = plan.HasSeveralChains ? scratch.Take<float>((long)rows * (layout.Column(block.LastPanel) - stripStart)) : null;

        for (var depthBlock = 0; depthBlock < plan.DepthBlocks; depthBlock++)
        {
            var k = plan.FirstDepth(depthBlock);
            var depth = plan.FirstDepth(depthBlock + 1) - k;
            var blockOfChain = depthBlock % plan.BlocksPerChain;
            var endsChain = blockOfChain == plan.BlocksPerChain - 1 || depthBlock == plan.DepthBlocks - 1;
            var sums = depthBlock < plan.BlocksPerChain ? strip : chainStrip;
            if (problem.TransposeA)
            {
                CopyColumns(block.A + (k * problem.AStride) + firstRow, depth, rows, columnsOfA, pointers);
            }

            for (var panel = block.FirstPanel; panel < block.LastPanel; panel++)
            {
                var columns = layout.ColumnsIn(panel);
                var column = layout.Column(panel);
                var inPlace = startsInPlace && columns == layout.Width(panel);
                var target = new Target
                {
                    Panel = panel,
                    K = k,
                    Depth = depth,
                    C = inPlace ? block.C + (firstRow * problem.CStride) + column : sums + ((long)rows * (column - stripStart)),
                    CStride = inPlace ? problem.CStride : layout.Width(panel),
                    Bias = inPlace && depthBlock == 0 && problem.Beta == 0 && problem.Bias != null ? problem.Bias + column : null,
                    Accumulate = blockOfChain > 0 || (inPlace && problem.Beta == 1),
                };
                Locate(block, ref target, panelScratch);
                if (problem.TransposeA)
                {
                    MultiplyTransposed(block, target, firstRow, pointers);
                }
                else
                {
                    MultiplyRows(block, target, pointers);
                }

                if (endsChain && sums != strip)
                {
                    var chain = target.C;
                    target.C = strip + (chain - chainStrip);
                    AddChain(chain, target.C, (long)rows * target.CStride);
                }

                if (depthBlock == plan.DepthBlocks - 1 && (!inPlace || problem.HasEpilogue))
                {
                    Finish(block, target, inPlace, firstRow, rows);
                }
            }
        }
    }

    /// <summary>Adds the sums of a chain to those of the chains before it; panels are padded to whole vectors.</summary>
    [MethodImpl(HotLoop.Options)]
    private static void AddChain(float* chain, float* sums, long count)
    {
        for (var i = 0L; i < count; i += T.Width)
        {
            T.Store(T.Load(sums + i) + T.Load(chain + i), sums + i);
        }
    }

    /// <summary>Finds the panel's block of B: packed before, where it lies, or packed now.</summary>
    private void Locate(in Block block, ref Target target, float* panelScratch)
    {
        var layout = plan.Layout;
        var width = layout.Width(target.Panel);
        var column = layout.Column(target.Panel);
        if (block.Packed != null)
        {
            target.B = block.Packed + layout.PackedOffset(target.Panel, plan.Depth) + ((long)target.K * width);
            target.BStride = width;
        }
        else if (plan.ReadsBInPlace && layout.ColumnsIn(target.Panel) == width)
        {
            target.B = block.B + (target.K * problem.BStride) + column;
            target.BStride = problem.BStride;
        }
        else
        {
            PanelPacking.Pack<T>(
                block.B, problem.BStride, problem.TransposeB, layout, target.Panel, target.K, target.Depth, panelScratch);
            target.B = panelScratch;
            target.BStride = width;
        }
    }

    /// <summary>
    /// Copies some columns of a transposed A side by side, row by row. Where they lie, a tile finds half a cache line per row, and rows
    /// that lie apart by a power of two share the sets of a cache.
    /// </summary>
    [MethodImpl(HotLoop.Options)]
    private void CopyColumns(float* from, int depth, int columns, float* to, float** pointers)
    {
        for (var k = 0; k < depth; k++, from += problem.AStride, to += columns)
        {
            pointers[k] = to;
            var column = 0;
            for (; column <= columns - T.Width; column += T.Width)
            {
                T.Store(T.Load(from + column), to + column);
            }

            T.StorePartial(T.LoadPartial(from + column, columns - column), to + column, columns - column);
        }
    }

    [MethodImpl(HotLoop.Options)]
    private void MultiplyRows(in Block block, in Target target, float** pointers)
    {
        var vectors = plan.Layout.Vectors(target.Panel);
        var fewer = Math.Max(1, plan.Rows / plan.Tiles);
        var kernelOfFewer = MicroKernels.Select<T>(fewer, vectors, plan.IsFarB);
        var kernelOfMore = plan.Rows % plan.Tiles == 0 ? kernelOfFewer : MicroKernels.Select<T>(fewer + 1, vectors, plan.IsFarB);

        // The first tile brings the panel into the cache.
        var kernel = MicroKernels.Select<T>(plan.FirstRow(block.FirstTile + 1) - plan.FirstRow(block.FirstTile), vectors, isFar: true);
        var c = target.C;
        for (var tile = block.FirstTile; tile < block.LastTile; tile++)
        {
            var row = plan.FirstRow(tile);
            var rows = plan.FirstRow(tile + 1) - row;
            var a = block.A + (row * problem.AStride) + target.K;
            for (var i = 0; i < rows; i++, a += problem.AStride)
            {
                pointers[i] = a;
            }

            if (tile > block.FirstTile)
            {
                kernel = rows == fewer ? kernelOfFewer : kernelOfMore;
            }

            kernel(pointers, 1, target.Depth, target.B, target.BStride, c, target.CStride, target.Bias, target.Accumulate);
            c += rows * target.CStride;
        }
    }

    [MethodImpl(HotLoop.Options)]
    private void MultiplyTransposed(in Block block, in Target target, int firstRow, float** pointers)
    {
        var vectors = plan.Layout.Vectors(target.Panel);
        var fewer = Math.Max(1, plan.Rows / plan.Tiles);
        var kernelOfFewer = MicroKernels.SelectTransposed<T>(fewer, vectors);
        var kernelOfMore = plan.Rows % plan.Tiles == 0 ? kernelOfFewer : MicroKernels.SelectTransposed<T>(fewer + 1, vectors);
        var c = target.C;
        for (var tile = block.FirstTile; tile < block.LastTile; tile++)
        {
            var row = plan.FirstRow(tile);
            var rows = plan.FirstRow(tile + 1) - row;
            var kernel = rows == fewer ? kernelOfFewer : kernelOfMore;
            kernel(pointers, row - firstRow, target.Depth, target.B, target.BStride, c, target.CStride, target.Accumulate);
            c += rows * target.CStride;
        }
    }

    private void Finish(in Block block, in Target target, bool inPlace, int firstRow, int rows)
    {
        var column = plan.Layout.Column(target.Panel);
        var operands = new GemmEpilogue.Operands
        {
            Alpha = inPlace ? 1 : problem.Alpha,
            Beta = inPlace ? 0 : problem.Beta,
            Bias = inPlace || problem.Bias == null ? null : problem.Bias + column,
            Activation = problem.Activation,
            Residual = block.Residual == null ? null : block.Residual + (firstRow * problem.ResidualStride) + column,
            ResidualStride = problem.ResidualStride,
        };
        var c = block.C + (firstRow * problem.CStride) + column;
        GemmEpilogue.Finish<T>(
            target.C, target.CStride, c, problem.CStride, rows, plan.Layout.ColumnsIn(target.Panel), operands);
    }

    /// <summary>The operands of one product, and the tiles and panels of this item.</summary>
    private struct Block
    {
        public int FirstTile;
        public int LastTile;
        public int FirstPanel;
        public int LastPanel;
        public float* A;
        public float* B;
        public float* Packed;
        public float* C;
        public float* Residual;
    }

    /// <summary>One panel of one block of k, and where its sums go.</summary>
    private struct Target
    {
        public int Panel;
        public int K;
        public int Depth;
        public float* B;
        public long BStride;
        public float* C;
        public long CStride;
        public float* Bias;
        public bool Accumulate;
    }
}
