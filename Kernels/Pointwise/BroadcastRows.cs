using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>What to do with a run of contiguous output elements; implement it as a readonly struct.</summary>
internal interface IBroadcastRow
{
    /// <param name="offsets">Where the run begins in the output and in each operand.</param>
    /// <param name="count">Elements of the run.</param>
    void Run(BroadcastPlan.Strides offsets, int count);
}

/// <summary>Shares the rows of a <see cref="BroadcastPlan"/> among the workers, in pieces of about one grain.</summary>
internal static class BroadcastRows
{
    public static void Run<TBody>(WorkerPool workers, in BroadcastPlan plan, TBody body)
        where TBody : struct, IBroadcastRow
    {
        var columns = plan.Columns.Size;
        if (plan.Rows == 0 || columns == 0)
        {
            return;
        }

        var segment = Math.Min(columns, Elementwise.Grain);
        var rowsPerItem = Math.Max(1, Elementwise.Grain / columns);
        var segments = ((columns - 1) / segment) + 1;
        var rowBlocks = ((plan.Rows - 1) / rowsPerItem) + 1;
        workers.For(segments * rowBlocks, new Item<TBody>(plan, body, segment, segments, rowsPerItem));
    }

    private readonly struct Item<TBody>(BroadcastPlan plan, TBody body, int segment, int segments, int rowsPerItem) : IWorkItem
        where TBody : struct, IBroadcastRow
    {
        public void Run(int index)
        {
            var column = index % segments * segment;
            var count = Math.Min(segment, plan.Columns.Size - column);
            var row = index / segments * rowsPerItem;
            var end = Math.Min((long)row + rowsPerItem, plan.Rows);
            var start = plan.Columns.Strides.Times(column);
            for (; row < end; row++)
            {
                body.Run(start + plan.Row(row), count);
            }
        }
    }
}
