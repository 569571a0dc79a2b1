using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Reduction;

/// <summary>
/// SIMD sums of elements or of products over the middle axis of [outer][reduced][inner]. Blocks are added in registers, blocks make
/// parts, and the parts of a long axis are added by the same code: the error grows with the logarithm of the length.
/// </summary>
internal static unsafe class Summation<T>
    where T : unmanaged, ISimd<T>
{
    /// <summary>Elements of a work item.</summary>
    private const int ItemElements = 65536;

    /// <summary>Columns of a work item.</summary>
    private const int TileColumns = 1024;

    /// <summary>Elements of a contiguous row that are added before their sum is added to others.</summary>
    private const int RowBlock = 4096;

    /// <summary>Rows that are added before their sum is added to others.</summary>
    private const int ColumnBlock = 64;

    /// <param name="device">Where to run.</param>
    /// <param name="left">[outer][reduced][inner].</param>
    /// <param name="right">The other factors, or null to sum the left ones.</param>
    /// <param name="output">[outer][inner].</param>
    /// <param name="outer">Outer size.</param>
    /// <param name="reduced">Length of the axis that is summed over.</param>
    /// <param name="inner">Inner size.</param>
    /// <param name="finish">What becomes of the sums.</param>
    public static void Run(CpuDevice device, float* left, float* right, float* output, int outer, int reduced, int inner, SumFinish finish)
    {
        var partRows = inner == 1
            ? ItemElements
            : Math.Clamp(ItemElements / Math.Min(inner, TileColumns), ColumnBlock, ColumnBlock * ColumnBlock);
        var parts = (int)Math.Max(1, ((long)reduced + partRows - 1) / partRows);
        if (parts == 1)
        {
            RunOnce(device, left, right, output, outer, new Axis(reduced, inner, partRows, parts), finish);
            return;
        }

        using var sums = device.Rent<float>(Check.Elements(outer, parts, inner));
        var partial = sums.Span.Pointer();
        RunOnce(device, left, right, partial, outer, new Axis(reduced, inner, partRows, parts), SumFinish.None);
        Run(device, partial, null, output, outer, parts, inner, finish);
    }

    private static void RunOnce(CpuDevice device, float* left, float* right, float* output, int outer, Axis axis, SumFinish finish)
    {
        var tiles = (axis.Inner + TileColumns - 1) / TileColumns;
        var elements = (long)Math.Max(1, Math.Min(axis.Reduced, axis.PartRows)) * Math.Min(axis.Inner, TileColumns);
        device.Workers.ForRanges(
            (long)outer * axis.Parts * tiles,
            Math.Max(1, ItemElements / elements),
            new Body(left, right, output, axis, tiles, finish));
    }

    private readonly record struct Axis(int Reduced, int Inner, int PartRows, int Parts);

    private readonly struct Body(float* left, float* right, float* output, Axis axis, int tiles, SumFinish finish) : IRangeWorkItem
    {
        public void Run(long start, long end)
        {
            for (var item = start; item < end; item++)
            {
                var (result, tile) = Math.DivRem(item, tiles);
                var (outer, part) = Math.DivRem(result, axis.Parts);
                var first = part * axis.PartRows;
                var rows = (int)Math.Min(axis.PartRows, axis.Reduced - first);
                var from = ((outer * axis.Reduced) + first) * axis.Inner;
                if (axis.Inner == 1)
                {
                    Row(from, rows, output + result);
                }
                else
                {
                    var column = tile * TileColumns;
                    Columns(from + column, rows, (int)Math.Min(TileColumns, axis.Inner - column), output + (result * axis.Inner) + column);
                }
            }
        }

        [MethodImpl(HotLoop.Options)]
        private void Row(long from, int count, float* result)
        {
            var total = 0f;
            for (var start = 0; start < count; start += RowBlock)
            {
                total += Block(from + start, Math.Min(RowBlock, count - start));
            }

            total *= finish.Scale;
            total = finish.Root != 0 ? MathF.Sqrt(total) : total;
            *result = finish.Accumulate != 0 ? *result + total : total;
        }

        [MethodImpl(HotLoop.Options)]
        private float Block(long from, int count)
        {
            T s0 = T.Zero, s1 = T.Zero, s2 = T.Zero, s3 = T.Zero;
            var i = 0;
            for (; i <= count - (4 * T.Width); i += 4 * T.Width)
            {
                s0 = Add(s0, from + i);
                s1 = Add(s1, from + i + T.Width);
                s2 = Add(s2, from + i + (2 * T.Width));
                s3 = Add(s3, from + i + (3 * T.Width));
            }

            for (; i < count; i += T.Width)
            {
                s0 = AddPartial(s0, from + i, Math.Min(T.Width, count - i));
            }

            return T.Sum((s0 + s1) + (s2 + s3));
        }

        [MethodImpl(HotLoop.Options)]
        private void Columns(long from, int rows, int columns, float* result)
        {
            var c = 0;
            for (; c <= columns - (4 * T.Width); c += 4 * T.Width)
            {
                T t0 = T.Zero, t1 = T.Zero, t2 = T.Zero, t3 = T.Zero;
                for (var start = 0; start < rows; start += ColumnBlock)
                {
                    T s0 = T.Zero, s1 = T.Zero, s2 = T.Zero, s3 = T.Zero;
                    var end = Math.Min(rows, start + ColumnBlock);
                    for (var row = start; row < end; row++)
                    {
                        var at = from + ((long)row * axis.Inner) + c;
                        s0 = Add(s0, at);
                        s1 = Add(s1, at + T.Width);
                        s2 = Add(s2, at + (2 * T.Width));
                        s3 = Add(s3, at + (3 * T.Width));
                    }

                    t0 += s0;
                    t1 += s1;
                    t2 += s2;
                    t3 += s3;
                }

                Finish(t0, result + c, T.Width);
                Finish(t1, result + c + T.Width, T.Width);
                Finish(t2, result + c + (2 * T.Width), T.Width);
                Finish(t3, result + c + (3 * T.Width), T.Width);
            }

            for (; c < columns; c += T.Width)
            {
                var lanes = Math.Min(T.Width, columns - c);
                var total = T.Zero;
                for (var start = 0; start < rows; start += ColumnBlock)
                {
                    var sum = T.Zero;
                    var end = Math.Min(rows, start + ColumnBlock);
                    for (var row = start; row < end; row++)
                    {
                        sum = AddPartial(sum, from + ((long)row * axis.Inner) + c, lanes);
                    }

                    total += sum;
                }

                Finish(total, result + c, lanes);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private T Add(T sum, long at) =>
            right is null ? sum + T.Load(left + at) : T.MultiplyAdd(T.Load(left + at), T.Load(right + at), sum);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private T AddPartial(T sum, long at, int lanes)
        {
            var value = T.LoadPartial(left + at, lanes);
            return right is null ? sum + value : T.MultiplyAdd(value, T.LoadPartial(right + at, lanes), sum);
        }

        /// <summary>Sums over several columns are never rooted: norms have one column.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Finish(T total, float* result, int lanes)
        {
            total *= T.Create(finish.Scale);
            total = finish.Accumulate != 0 ? total + T.LoadPartial(result, lanes) : total;
            T.StorePartial(total, result, lanes);
        }
    }
}
