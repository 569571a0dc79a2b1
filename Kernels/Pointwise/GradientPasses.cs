using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>Sums blocks of rows, column by column; the result is [kept rows][parts][columns].</summary>
internal readonly unsafe struct GradientRowSum<T, TFunction>(
    GradientTerms<T, TFunction> terms, ReductionPlan plan, int rowsPerPart, int parts, float* destination = null) : IRangeWorkItem
    where T : unmanaged, ISimd<T>
    where TFunction : IGradientFunction
{
    public GradientRowSum<T, TFunction> To(float* target) => new(terms, plan, rowsPerPart, parts, target);

    [MethodImpl(HotLoop.Options)]
    public void Run(long start, long end)
    {
        for (var index = start; index < end; index++)
        {
            Sum((int)(index / parts), (int)(index % parts), destination + (index * plan.Columns.Size));
        }
    }

    [MethodImpl(HotLoop.Options)]
    private void Sum(int keptRow, int part, float* target)
    {
        var columns = plan.Columns.Size;
        var kept = plan.Kept.Row(keptRow);
        var start = part * rowsPerPart;
        var end = (int)Math.Min((long)start + rowsPerPart, plan.Summed.Rows);
        var column = 0;
        for (; column <= columns - (4 * T.Width); column += 4 * T.Width)
        {
            var (s0, s1, s2, s3) = (T.Zero, T.Zero, T.Zero, T.Zero);
            for (var row = start; row < end; row++)
            {
                var offsets = kept + plan.Summed.Row(row);
                s0 += terms.Load(offsets, column);
                s1 += terms.Load(offsets, column + T.Width);
                s2 += terms.Load(offsets, column + (2 * T.Width));
                s3 += terms.Load(offsets, column + (3 * T.Width));
            }

            T.Store(s0, target + column);
            T.Store(s1, target + column + T.Width);
            T.Store(s2, target + column + (2 * T.Width));
            T.Store(s3, target + column + (3 * T.Width));
        }

        for (; column < columns; column += T.Width)
        {
            var count = Math.Min(T.Width, columns - column);
            var sum = T.Zero;
            for (var row = start; row < end; row++)
            {
                sum += terms.LoadPartial(kept + plan.Summed.Row(row), column, count);
            }

            T.StorePartial(sum, target + column, count);
        }
    }
}

/// <summary>Sums whole blocks of rows or segments of one row; the result is [kept rows][parts].</summary>
internal readonly unsafe struct GradientColumnSum<T, TFunction>(
    GradientTerms<T, TFunction> terms,
    ReductionPlan plan,
    int segment,
    int segments,
    int rowsPerPart,
    int parts,
    float* destination = null) : IRangeWorkItem
    where T : unmanaged, ISimd<T>
    where TFunction : IGradientFunction
{
    public GradientColumnSum<T, TFunction> To(float* target) => new(terms, plan, segment, segments, rowsPerPart, parts, target);

    [MethodImpl(HotLoop.Options)]
    public void Run(long start, long end)
    {
        for (var index = start; index < end; index++)
        {
            destination[index] = Sum((int)(index / parts), (int)(index % parts));
        }
    }

    [MethodImpl(HotLoop.Options)]
    private float Sum(int keptRow, int part)
    {
        var kept = plan.Kept.Row(keptRow);
        var columnStart = part % segments * segment;
        var columnEnd = columnStart + Math.Min(segment, plan.Columns.Size - columnStart);
        var rowStart = part / segments * rowsPerPart;
        var rowEnd = (int)Math.Min((long)rowStart + rowsPerPart, plan.Summed.Rows);
        var (s0, s1, s2, s3) = (T.Zero, T.Zero, T.Zero, T.Zero);
        for (var row = rowStart; row < rowEnd; row++)
        {
            var offsets = kept + plan.Summed.Row(row);
            var column = columnStart;
            for (; column <= columnEnd - (4 * T.Width); column += 4 * T.Width)
            {
                s0 += terms.Load(offsets, column);
                s1 += terms.Load(offsets, column + T.Width);
                s2 += terms.Load(offsets, column + (2 * T.Width));
                s3 += terms.Load(offsets, column + (3 * T.Width));
            }

            for (; column <= columnEnd - T.Width; column += T.Width)
            {
                s0 += terms.Load(offsets, column);
            }

            if (column < columnEnd)
            {
                var present = T.LessThan(T.Indices, T.Create(columnEnd - column));
                s1 += present & terms.LoadPartial(offsets, column, columnEnd - column);
            }
        }

        return T.Sum((s0 + s1) + (s2 + s3));
    }
}
