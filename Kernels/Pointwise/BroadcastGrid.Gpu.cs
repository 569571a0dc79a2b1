using System.Runtime.CompilerServices;
using ILGPU;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>
/// How the threads of a launch map onto a <see cref="BroadcastPlan"/>. A group is as wide as a row needs and as high as fits; columns and
/// the longest dimension of rows share the grid's first dimension, the only one that may be longer than 65535 on CUDA.
/// </summary>
/// <remarks>
/// The only division is uniform for a group: per thread, it keeps PoCL from vectorising, and so does a branch on a stride of zero where a
/// product does not.
/// </remarks>
internal struct BroadcastGrid
{
    private const int GroupSize = 256;

    public int Columns;
    public int Rows;
    public int ColumnBlocks;

    /// <summary>The row of this thread along the longest dimension of rows, possibly beyond the last one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Row() => (Grid.IdxX / ColumnBlocks * Group.DimY) + Group.IdxY;

    /// <summary>The column of this thread, possibly beyond the last one.</summary>
    /// <remarks>Not by the % operator: beside a division LLVM makes of it an instruction that oclgrind cannot execute.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Column() => ((Grid.IdxX - (Grid.IdxX / ColumnBlocks * ColumnBlocks)) * Group.DimX) + Group.IdxX;

    /// <summary>Prepares a launch over rows that are not to be merged, one thread per column.</summary>
    public static Launch For(int rows, int columns)
    {
        var one = new BroadcastPlan.Axis(1, default);
        return For(new BroadcastPlan.Axis(columns, default), new BroadcastPlan.Axis(rows, default), one, one);
    }

    /// <summary>Prepares a launch over a plan.</summary>
    public static Launch For(in BroadcastPlan plan)
    {
        // The longest dimension of rows first: of three that multiply to less than 2^31, the others are below 65536 then.
        var (x, y, z) = (plan.Inner, plan.Middle, plan.Outer);
        (x, y) = x.Size >= y.Size ? (x, y) : (y, x);
        (x, z) = x.Size >= z.Size ? (x, z) : (z, x);
        return For(plan.Columns, x, y, z);
    }

    private static Launch For(BroadcastPlan.Axis columns, BroadcastPlan.Axis x, BroadcastPlan.Axis y, BroadcastPlan.Axis z)
    {
        var width = 8;
        while (width < columns.Size && width < GroupSize)
        {
            width *= 2;
        }

        var height = GroupSize / width;
        var columnBlocks = (int)(((long)columns.Size + width - 1) / width);
        var rowBlocks = (int)(((long)x.Size + height - 1) / height);
        return new Launch(
            new BroadcastGrid { Columns = columns.Size, Rows = x.Size, ColumnBlocks = columnBlocks },
            new Index3D(columnBlocks * rowBlocks, y.Size, z.Size),
            new Index3D(width, height, 1),
            columns.Strides,
            x.Strides,
            y.Strides,
            z.Strides);
    }

    /// <summary>What a launch needs to know.</summary>
    internal readonly record struct Launch(
        BroadcastGrid Grid,
        Index3D GridSize,
        Index3D GroupSize,
        BroadcastPlan.Strides Column,
        BroadcastPlan.Strides Row,
        BroadcastPlan.Strides Y,
        BroadcastPlan.Strides Z)
    {
        public OperandStrides Output => new() { Column = Column.Output, Row = Row.Output, Y = Y.Output, Z = Z.Output };

        public OperandStrides First => new() { Column = Column.First, Row = Row.First, Y = Y.First, Z = Z.First };

        public OperandStrides Second => new() { Column = Column.Second, Row = Row.Second, Y = Y.Second, Z = Z.Second };

        public OperandStrides Third => new() { Column = Column.Third, Row = Row.Third, Y = Y.Third, Z = Z.Third };
    }
}

/// <summary>The strides of one operand along the dimensions of a <see cref="BroadcastGrid"/>.</summary>
internal struct OperandStrides
{
    public int Column;
    public int Row;
    public int Y;
    public int Z;

    /// <summary>Where the operand has the element of a row and a column, in this thread's Y and Z.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Offset(int row, int column) => (column * Column) + (row * Row) + (Grid.IdxY * Y) + (Grid.IdxZ * Z);
}
