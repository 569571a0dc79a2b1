using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Embedding;

/// <summary>SIMD twin: whole entries are copied.</summary>
internal readonly unsafe struct EmbeddingLookup : ISimdKernel<EmbeddingArguments>
{
    /// <summary>Elements of one work item, in whole rows.</summary>
    private const int Grain = 16384;

    public static void Run<T>(CpuDevice device, in EmbeddingArguments arguments)
        where T : unmanaged, ISimd<T> =>
        device.Workers.ForRanges(
            arguments.Rows,
            Math.Max(1, Grain / arguments.Width),
            new Body(
                arguments.Indices.Pointer(), arguments.Table.Pointer(), arguments.Output.Pointer(), arguments.Entries, arguments.Width));

    private readonly struct Body(int* indices, float* table, float* output, int entries, int width) : IRangeWorkItem
    {
        public void Run(long start, long end)
        {
            for (var row = start; row < end; row++)
            {
                var destination = new Span<float>(output + (row * width), width);
                if ((uint)indices[row] < (uint)entries)
                {
                    new ReadOnlySpan<float>(table + ((long)indices[row] * width), width).CopyTo(destination);
                }
                else
                {
                    destination.Clear();
                }
            }
        }
    }
}

/// <summary>SIMD twin: a work item owns a run of columns of the whole table and adds the rows to it in order.</summary>
internal readonly unsafe struct EmbeddingBackward : ISimdKernel<EmbeddingBackwardArguments>
{
    private const int Columns = 64;

    public static void Run<T>(CpuDevice device, in EmbeddingBackwardArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        if (!arguments.Accumulate)
        {
            arguments.TableGradient.Clear();
        }

        // The rows are summed apart from what the table holds, so that accumulating adds one number: the sum.
        var needsSum = arguments.Accumulate;
        using var sums = device.Rent<float>(needsSum ? arguments.TableGradient.Length : 0);
        if (needsSum)
        {
            sums.Span.Clear();
        }

        device.Workers.For((arguments.Width + Columns - 1) / Columns, new Body<T>(
            arguments.Indices.Pointer(),
            arguments.OutputGradient.Pointer(),
            needsSum ? sums.Span.Pointer() : arguments.TableGradient.Pointer(),
            needsSum ? arguments.TableGradient.Pointer() : null,
            arguments.Rows,
            arguments.Entries,
            arguments.Width));
    }

    private readonly struct Body<T>(int* indices, float* gradient, float* sums, float* table, int rows, int entries, int width) : IWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(int item)
        {
            var first = item * Columns;
            var count = Math.Min(Columns, width - first);
            for (var row = 0; row < rows; row++)
            {
                if ((uint)indices[row] < (uint)entries)
                {
                    Add(gradient + ((long)row * width) + first, sums + ((long)indices[row] * width) + first, count);
                }
            }

            for (var entry = 0; table is not null && entry < entries; entry++)
            {
                Add(sums + ((long)entry * width) + first, table + ((long)entry * width) + first, count);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Add(float* from, float* to, int count)
        {
            var i = 0;
            for (; i <= count - T.Width; i += T.Width)
            {
                T.Store(T.Load(to + i) + T.Load(from + i), to + i);
            }

            if (i < count)
            {
                T.StorePartial(T.LoadPartial(to + i, count - i) + T.LoadPartial(from + i, count - i), to + i, count - i);
            }
        }
    }
}

/// <summary>SIMD twin: a batch of timesteps is a few hundred sines, so it is computed on one thread, by the scalar functions.</summary>
internal readonly unsafe struct TimestepEmbedding : ISimdKernel<TimestepEmbeddingArguments>
{
    public static void Run<T>(CpuDevice device, in TimestepEmbeddingArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var (width, half) = (arguments.Width, arguments.Width / 2);
        var output = arguments.Output.Pointer();
        for (var row = 0; row < arguments.Rows; row++, output += width)
        {
            var timestep = arguments.Timesteps.Pointer()[row];
            for (var j = 0; j < half; j++)
            {
                var angle = timestep * MathF.Exp(-MathF.Log(arguments.MaximumPeriod) * j / half);
                (output[half + j], output[j]) = MathF.SinCos(angle);
            }

            if (width % 2 == 1)
            {
                output[width - 1] = 0;
            }
        }
    }
}
