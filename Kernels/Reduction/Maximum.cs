using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Reduction;

/// <summary>
/// SIMD twin. Along a contiguous row, the maximum first and then where it is; otherwise every lane owns a column and keeps the index of
/// its maximum as the bits of a float, which are moved but never computed with.
/// </summary>
internal readonly unsafe struct Maximum : ISimdKernel<MaximumArguments>
{
    /// <summary>Columns of a work item.</summary>
    private const int TileColumns = 1024;

    public static void Run<T>(CpuDevice device, in MaximumArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var tiles = (arguments.Inner + TileColumns - 1) / TileColumns;
        var elements = (long)arguments.Reduced * Math.Min(arguments.Inner, TileColumns);
        device.Workers.ForRanges(
            (long)arguments.Outer * tiles, Math.Max(1, Elementwise.Grain / elements), new Body<T>(arguments, tiles));
    }

    private readonly struct Body<T>(MaximumArguments arguments, int tiles) : IRangeWorkItem
        where T : unmanaged, ISimd<T>
    {
        public void Run(long start, long end)
        {
            var (reduced, inner) = (arguments.Reduced, arguments.Inner);
            var input = arguments.Input.Pointer();
            var output = arguments.Output.Pointer();
            var indices = arguments.Indices.Pointer();
            for (var item = start; item < end; item++)
            {
                var (outer, tile) = Math.DivRem(item, tiles);
                if (inner == 1)
                {
                    Row(input + (outer * reduced), reduced, output is null ? null : output + outer, indices is null ? null : indices + outer);
                }
                else
                {
                    var column = tile * TileColumns;
                    var result = (outer * inner) + column;
                    Columns(
                        input + (outer * reduced * inner) + column,
                        (int)Math.Min(TileColumns, inner - column),
                        output is null ? null : output + result,
                        indices is null ? null : indices + result);
                }
            }
        }

        [MethodImpl(HotLoop.Options)]
        private static void Row(float* from, int count, float* output, int* index)
        {
            var least = T.Create(float.NegativeInfinity);
            var maxima = least;
            var i = 0;
            for (; i <= count - T.Width; i += T.Width)
            {
                maxima = T.Max(maxima, T.Load(from + i));
            }

            var maximum = T.MaxAcross(T.Max(maxima, T.LoadPartial(from + i, count - i, least)));
            if (output is not null)
            {
                *output = maximum;
            }

            if (index is not null)
            {
                *index = IndexOf(from, count, maximum);
            }
        }

        /// <summary>The first element that equals the maximum; the first that is not a number if that is the maximum.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static int IndexOf(float* from, int count, float maximum)
        {
            var isNaN = float.IsNaN(maximum);
            var i = 0;
            for (; i <= count - T.Width; i += T.Width)
            {
                var x = T.Load(from + i);
                if (T.Any(isNaN ? T.IsNaN(x) : T.Equal(x, T.Create(maximum))))
                {
                    break;
                }
            }

            while (isNaN ? !float.IsNaN(from[i]) : from[i] != maximum)
            {
                i++;
            }

            return i;
        }

        [MethodImpl(HotLoop.Options)]
        private void Columns(float* from, int columns, float* output, int* indices)
        {
            for (var c = 0; c < columns; c += T.Width)
            {
                var lanes = Math.Min(T.Width, columns - c);
                var best = T.LoadPartial(from + c, lanes);
                var index = T.Zero;
                for (var row = 1; row < arguments.Reduced; row++)
                {
                    var x = T.LoadPartial(from + ((long)row * arguments.Inner) + c, lanes);

                    // Only a number equals itself: the first that is none stays.
                    var isBetter = T.GreaterThan(x, best) | (T.IsNaN(x) & T.Equal(best, best));
                    best = T.Select(isBetter, x, best);
                    index = T.Select(isBetter, T.Create(BitConverter.Int32BitsToSingle(row)), index);
                }

                if (output is not null)
                {
                    T.StorePartial(best, output + c, lanes);
                }

                if (indices is not null)
                {
                    T.StorePartial(index, (float*)(indices + c), lanes);
                }
            }
        }
    }
}

/// <summary>SIMD twin: clears the gradient of an outer index, then puts one element per result.</summary>
internal readonly unsafe struct MaximumBackward : ISimdKernel<MaximumBackwardArguments>
{
    public static void Run<T>(CpuDevice device, in MaximumBackwardArguments arguments)
        where T : unmanaged, ISimd<T> =>
        device.Workers.ForRanges(
            arguments.Outer, Math.Max(1, Elementwise.Grain / (arguments.Reduced * arguments.Inner)), new Body(arguments));

    private readonly struct Body(MaximumBackwardArguments arguments) : IRangeWorkItem
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(long start, long end)
        {
            var (reduced, inner) = (arguments.Reduced, arguments.Inner);
            var plane = reduced * inner;
            for (var outer = start; outer < end; outer++)
            {
                var to = arguments.InputGradient.Pointer() + (outer * plane);
                var from = arguments.OutputGradient.Pointer() + (outer * inner);
                var indices = arguments.Indices.Pointer() + (outer * inner);
                new Span<float>(to, plane).Clear();
                for (var c = 0; c < inner; c++)
                {
                    if ((uint)indices[c] < (uint)reduced)
                    {
                        to[((long)indices[c] * inner) + c] = from[c];
                    }
                }
            }
        }
    }
}
