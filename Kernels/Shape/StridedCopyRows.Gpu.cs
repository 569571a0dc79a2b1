using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Shape;

/// <summary>
/// Copies of up to three dimensions whose innermost one is long, such as concatenations along channels: one thread per element, whose
/// place in the grid is its index, so that nothing is divided.
/// </summary>
internal static class StridedCopyRows
{
    // Shorter rows leave threads of every group without an element.
    private const int ShortestRow = RowGrid.GroupWidth;

    private static readonly GpuKernel<Parameters> CopyKernel = new(Copy);

    public static GpuVariant<StridedCopyArguments> Variant { get; } = new("rows", Launch, [CopyKernel], supports: Supports)
    {
        Pays = arguments => arguments.Index.Sizes[^1] >= ShortestRow,
    };

    internal static void Copy(Parameters p)
    {
        var column = Grid.GlobalIndex.X;
        var row = p.FirstRow + Grid.GlobalIndex.Y;
        if (column < p.Columns && row < p.Rows)
        {
            var block = Grid.GlobalIndex.Z;
            var from = (block * p.InputBlock) + (row * p.InputRow) + (column * p.InputColumn);
            var to = (block * p.OutputBlock) + (row * p.OutputRow) + (column * p.OutputColumn);
            p.Output[to] = p.Accumulate != 0 ? p.Output[to] + p.Input[from] : p.Input[from];
        }
    }

    private static bool Supports(StridedCopyArguments arguments) =>
        arguments.Index.Rank < 3 || (arguments.Index.Rank == 3 && arguments.Index.Sizes[0] <= RowGrid.MaximumGroups);

    private static void Launch(GpuDevice device, in StridedCopyArguments arguments)
    {
        var index = arguments.Index;
        var (blocks, inputBlock, outputBlock) = Dimension(index, 2);
        var (rows, inputRow, outputRow) = Dimension(index, 1);
        var (columns, inputColumn, outputColumn) = Dimension(index, 0);
        var parameters = new Parameters
        {
            Input = device.View(arguments.Input),
            Output = device.View(arguments.Output),
            Accumulate = arguments.Accumulate ? 1 : 0,
            Rows = rows,
            Columns = columns,
            InputBlock = inputBlock,
            InputRow = inputRow,
            InputColumn = inputColumn,
            OutputBlock = outputBlock,
            OutputRow = outputRow,
            OutputColumn = outputColumn,
        };
        RowGrid.Launch(device, CopyKernel, blocks, rows, columns, firstRow => parameters with { FirstRow = firstRow });
    }

    /// <summary>A dimension, counted from the innermost one; missing ones have size 1.</summary>
    private static (int Size, int InputStride, int OutputStride) Dimension(StridedIndex index, int fromInnermost)
    {
        var i = index.Rank - 1 - fromInnermost;
        return i < 0 ? (1, 0, 0) : (index.Sizes[i], index.InputStrides[i], index.OutputStrides[i]);
    }

    internal struct Parameters
    {
        public ArrayView<float> Input;
        public ArrayView<float> Output;
        public int Accumulate;
        public int FirstRow;
        public int Rows;
        public int Columns;
        public int InputBlock;
        public int InputRow;
        public int InputColumn;
        public int OutputBlock;
        public int OutputRow;
        public int OutputColumn;
    }
}
