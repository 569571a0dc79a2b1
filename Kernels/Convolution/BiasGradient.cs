using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// SIMD twin of the bias gradient: blocks of rows are summed column by column, then neighbouring sums are added pairwise. Sums within a
/// block are compensated: the gradient of a bias before a normalisation cancels to zero but for the rounding of what is summed.
/// </summary>
internal readonly unsafe struct BiasGradientSimd : ISimdKernel<BiasGradientArguments>
{
    private const int BlockRows = 256;

    // Columns whose sums stay in the first-level cache while rows pass by.
    private const int BlockChannels = 512;

    public static void Run<T>(CpuDevice device, in BiasGradientArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var blocks = CeilingDivide(arguments.Rows, BlockRows);
        using var sums = device.Rent<float>(Check.Elements(arguments.Groups, blocks, arguments.Channels));
        device.Workers.For(
            arguments.Groups * blocks,
            new BlockItem<T>(arguments.OutputGradient.Pointer(), sums.Span.Pointer(), arguments.Rows, arguments.Channels, blocks));
        var slices = CeilingDivide(arguments.Channels, BlockChannels);
        device.Workers.For(
            arguments.Groups * slices,
            new CombineItem<T>(
                sums.Span.Pointer(), arguments.BiasGradient.Pointer(), arguments.Channels, blocks, slices, arguments.Accumulate));
    }

    private static int CeilingDivide(int dividend, int divisor) => (int)(((long)dividend + divisor - 1) / divisor);

    /// <summary>Sums one block of rows of one group.</summary>
    private readonly struct BlockItem<T>(float* source, float* sums, int rows, int channels, int blocks) : IWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(int index)
        {
            var (group, block) = Math.DivRem(index, blocks);
            var first = block * BlockRows;
            var count = Math.Min(BlockRows, rows - first);
            var from = source + ((((long)group * rows) + first) * channels);
            var to = sums + ((long)index * channels);
            for (var start = 0; start < channels; start += BlockChannels)
            {
                Sum(from + start, to + start, count, Math.Min(BlockChannels, channels - start));
            }
        }

        [MethodImpl(HotLoop.Options)]
        private void Sum(float* from, float* to, int count, int columns)
        {
            var column = 0;
            for (; column <= columns - (4 * T.Width); column += 4 * T.Width)
            {
                CompensatedSum<T> s0 = default, s1 = default, s2 = default, s3 = default;
                var row = from + column;
                for (var i = 0; i < count; i++, row += channels)
                {
                    s0 += T.Load(row);
                    s1 += T.Load(row + T.Width);
                    s2 += T.Load(row + (2 * T.Width));
                    s3 += T.Load(row + (3 * T.Width));
                }

                T.Store(s0.Total, to + column);
                T.Store(s1.Total, to + column + T.Width);
                T.Store(s2.Total, to + column + (2 * T.Width));
                T.Store(s3.Total, to + column + (3 * T.Width));
            }

            for (; column < columns; column += T.Width)
            {
                var lanes = Math.Min(T.Width, columns - column);
                CompensatedSum<T> sum = default;
                var row = from + column;
                for (var i = 0; i < count; i++, row += channels)
                {
                    sum += T.LoadPartial(row, lanes);
                }

                T.StorePartial(sum.Total, to + column, lanes);
            }
        }
    }

    /// <summary>Adds the sums of the blocks of one group, for a slice of the channels.</summary>
    private readonly struct CombineItem<T>(float* sums, float* gradient, int channels, int blocks, int slices, bool accumulate) : IWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(int index)
        {
            var (group, slice) = Math.DivRem(index, slices);
            var first = slice * BlockChannels;
            var columns = Math.Min(BlockChannels, channels - first);
            var from = sums + ((long)group * blocks * channels) + first;
            for (var distance = 1; distance < blocks; distance *= 2)
            {
                for (long block = 0; block + distance < blocks; block += 2L * distance)
                {
                    Add(from + ((block + distance) * channels), from + (block * channels), columns);
                }
            }

            var to = gradient + ((long)group * channels) + first;
            if (accumulate)
            {
                Add(from, to, columns);
            }
            else
            {
                new Span<float>(from, columns).CopyTo(new Span<float>(to, columns));
            }
        }

        private static void Add(float* from, float* to, int columns)
        {
            for (var column = 0; column < columns; column += T.Width)
            {
                var lanes = Math.Min(T.Width, columns - column);
                T.StorePartial(T.LoadPartial(to + column, lanes) + T.LoadPartial(from + column, lanes), to + column, lanes);
            }
        }
    }
}
