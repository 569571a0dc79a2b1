using System.Runtime.CompilerServices;
using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>
/// The gradients of both operands of an element-wise function. Where an operand was repeated, each group sums a block of fixed size in
/// shared memory into partial sums, which are summed in the same way.
/// </summary>
internal static class GradientKernels
{
    private const int GroupSize = 256;

    /// <summary>Rows that each thread adds up before the threads of a group add theirs.</summary>
    private const int RowsPerThread = 32;

    /// <summary>Terms of one sum that a group adds up when whole rows are summed.</summary>
    private const int TermsPerPart = 4096;

    private static readonly GpuKernel<GradientParameters> TermsKernel = new(Terms);
    private static readonly GpuKernel<GradientParameters> SumRowsKernel = new(SumRows);
    private static readonly GpuKernel<GradientParameters> SumColumnsKernel = new(SumColumns);

    public static GpuVariant<TArguments> Variant<TRule, TArguments>()
        where TRule : IGradientRule<TArguments>
        where TArguments : struct, IOperationArguments =>
        new(
            "tree",
            (GpuDevice device, in TArguments arguments) =>
            {
                var (left, right) = TRule.Requests(arguments);
                Launch(device, left);
                Launch(device, right);
            },
            [TermsKernel, SumRowsKernel, SumColumnsKernel]);

    /// <summary>One thread per term.</summary>
    internal static void Terms(GradientParameters p)
    {
        var row = p.Grid.Row();
        var column = p.Grid.Column();
        if (column < p.Grid.Columns && row < p.Grid.Rows)
        {
            p.Target[p.TargetStrides.Offset(row, column)] = Term(
                p,
                p.OutputGradientStrides.Offset(row, column),
                p.FirstStrides.Offset(row, column),
                p.SecondStrides.Offset(row, column));
        }
    }

    /// <summary>A group sums a block of rows: each thread some rows of one column, then a tree over the threads of the column.</summary>
    internal static void SumRows(GradientParameters p)
    {
        var shared = SharedMemory.Allocate<float>(GroupSize);
        var rest = Grid.IdxX / p.ColumnBlocks;
        var column = ((Grid.IdxX - (rest * p.ColumnBlocks)) * Group.DimX) + Group.IdxX;
        var keptRow = rest / p.Parts;
        var part = rest - (keptRow * p.Parts);
        var sum = 0f;
        if (column < p.Columns)
        {
            var start = part * p.RowsPerPart;
            var count = Min(p.RowsPerPart, p.Summed.Rows - start);
            var dyStart = (column * p.OutputGradientStrides.Column) + p.Kept.Offset(p.OutputGradientKept, keptRow);
            var firstStart = (column * p.FirstStrides.Column) + p.Kept.Offset(p.FirstKept, keptRow);
            var secondStart = (column * p.SecondStrides.Column) + p.Kept.Offset(p.SecondKept, keptRow);
            for (var i = Group.IdxY; i < count; i += Group.DimY)
            {
                var row = start + i;
                sum += Term(
                    p,
                    dyStart + p.Summed.Offset(p.OutputGradientSummed, row),
                    firstStart + p.Summed.Offset(p.FirstSummed, row),
                    secondStart + p.Summed.Offset(p.SecondSummed, row));
            }
        }

        var thread = (Group.IdxY * Group.DimX) + Group.IdxX;
        shared[thread] = sum;
        for (var half = Group.DimY / 2; half > 0; half /= 2)
        {
            Group.Barrier();
            if (Group.IdxY < half)
            {
                shared[thread] += shared[thread + (half * Group.DimX)];
            }
        }

        if (Group.IdxY == 0 && column < p.Columns)
        {
            p.Target[(rest * p.Columns) + column] = shared[thread];
        }
    }

    /// <summary>The threads of a group that share a Y sum a block of rows, or a segment of a row, for one element of the target.</summary>
    internal static void SumColumns(GradientParameters p)
    {
        var shared = SharedMemory.Allocate<float>(GroupSize);
        var keptBlock = Grid.IdxX / p.Parts;
        var part = Grid.IdxX - (keptBlock * p.Parts);
        var keptRow = (keptBlock * Group.DimY) + Group.IdxY;
        var rowPart = part / p.Segments;
        var segment = part - (rowPart * p.Segments);
        var sum = 0f;
        if (keptRow < p.Kept.Rows)
        {
            var rowStart = rowPart * p.RowsPerPart;
            var rows = Min(p.RowsPerPart, p.Summed.Rows - rowStart);
            var columnStart = segment * p.Segment;
            var columns = Min(p.Segment, p.Columns - columnStart);
            var dyStart = p.Kept.Offset(p.OutputGradientKept, keptRow);
            var firstStart = p.Kept.Offset(p.FirstKept, keptRow);
            var secondStart = p.Kept.Offset(p.SecondKept, keptRow);
            for (var j = 0; j < rows; j++)
            {
                var row = rowStart + j;
                var dyRow = dyStart + p.Summed.Offset(p.OutputGradientSummed, row);
                var firstRow = firstStart + p.Summed.Offset(p.FirstSummed, row);
                var secondRow = secondStart + p.Summed.Offset(p.SecondSummed, row);
                for (var i = Group.IdxX; i < columns; i += Group.DimX)
                {
                    var column = columnStart + i;
                    sum += Term(
                        p,
                        dyRow + column,
                        firstRow + (column * p.FirstStrides.Column),
                        secondRow + (column * p.SecondStrides.Column));
                }
            }
        }

        var thread = (Group.IdxY * Group.DimX) + Group.IdxX;
        shared[thread] = sum;
        for (var half = Group.DimX / 2; half > 0; half /= 2)
        {
            Group.Barrier();
            if (Group.IdxX < half)
            {
                shared[thread] += shared[thread + half];
            }
        }

        if (Group.IdxX == 0 && keptRow < p.Kept.Rows)
        {
            p.Target[(keptRow * p.Parts) + part] = shared[thread];
        }
    }

    private static void Launch(GpuDevice device, in GradientRequest request)
    {
        if (request.IsTrivial())
        {
            return;
        }

        var complete = request.WithAllOperands();
        var plan = new ReductionPlan(complete);
        if (plan.SumsNothing)
        {
            var launch = BroadcastGrid.For(plan.Plan);
            device.Launch(TermsKernel, launch.GridSize, launch.GroupSize, GradientParameters.ForTerms(device, complete, launch));
        }
        else if (plan.KeepsColumns)
        {
            var width = PowerOfTwo(plan.Columns.Size, 32);
            var rowsPerPart = GroupSize / width * RowsPerThread;
            var columnBlocks = Blocks(plan.Columns.Size, width);
            Sum(
                device, SumRowsKernel, complete, plan, width, columnBlocks * plan.Kept.Rows, plan.Columns.Size, rowsPerPart, plan.Columns.Size);
        }
        else
        {
            var width = PowerOfTwo(plan.Columns.Size, GroupSize);
            var segment = Math.Min(plan.Columns.Size, TermsPerPart);
            var rowsPerPart = Math.Max(1, TermsPerPart / plan.Columns.Size);
            Sum(device, SumColumnsKernel, complete, plan, width, Blocks(plan.Kept.Rows, GroupSize / width), segment, rowsPerPart, 1);
        }
    }

    /// <summary>Launches one pass, into the target if it is the last, else into partial sums that the next pass sums.</summary>
    private static void Sum(
        GpuDevice device,
        GpuKernel<GradientParameters> kernel,
        in GradientRequest request,
        in ReductionPlan plan,
        int width,
        int groupsPerPart,
        int segment,
        int rowsPerPart,
        int sumsPerKeptRow)
    {
        var segments = Blocks(plan.Columns.Size, segment);
        var parts = Blocks(plan.Summed.Rows, rowsPerPart) * segments;
        var grid = new Index3D(Check.Elements(groupsPerPart, parts), 1, 1);
        var group = new Index3D(width, GroupSize / width, 1);
        var parameters = GradientParameters.ForSum(device, request, plan) with
        {
            ColumnBlocks = Blocks(plan.Columns.Size, width),
            Parts = parts,
            RowsPerPart = rowsPerPart,
            Segment = segment,
            Segments = segments,
        };
        if (parts == 1)
        {
            device.Launch(kernel, grid, group, parameters);
            return;
        }

        using var partialSums = device.Rent<float>(Check.Elements(plan.Kept.Rows, parts, sumsPerKeptRow));
        parameters.Target = device.View(partialSums.Span);
        device.Launch(kernel, grid, group, parameters);
        Launch(device, request.OfPartialSums(partialSums.Span, plan.Kept.Rows, parts, sumsPerKeptRow));
    }

    private static int Blocks(int length, int block) => (int)(((long)length + block - 1) / block);

    private static int PowerOfTwo(int atLeast, int atMost)
    {
        var power = 1;
        while (power < atLeast && power < atMost)
        {
            power *= 2;
        }

        return power;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Min(int left, int right) => left < right ? left : right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Term(GradientParameters p, int outputGradientIndex, int firstIndex, int secondIndex)
    {
        var dy = p.OutputGradient[outputGradientIndex];
        if (p.Kind == (int)GradientKind.Scaled)
        {
            return dy * p.Constant;
        }

        var first = p.First[firstIndex];
        if (p.Kind == (int)GradientKind.Product)
        {
            return dy * first;
        }

        if (p.Kind == (int)GradientKind.Quotient)
        {
            return dy / first;
        }

        if (p.Kind == (int)GradientKind.Mask)
        {
            return (first == 0f) == (p.Constant == 0f) ? dy : 0f;
        }

        var second = p.Second[secondIndex];
        if (p.Kind == (int)GradientKind.Divisor)
        {
            return -(dy / second) * (first / second);
        }

        return first == second ? 0.5f * dy : p.Constant * first > p.Constant * second ? dy : 0f;
    }
}
