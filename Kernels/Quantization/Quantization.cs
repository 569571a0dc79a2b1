using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Quantization;

/// <summary>
/// SIMD twin: the codebook is transposed once, so that a vector of lanes measures the distance to as many codewords; the components are
/// added in their order, as everywhere.
/// </summary>
internal readonly unsafe struct NearestCodeword : ISimdKernel<NearestCodewordArguments>
{
    /// <summary>Vectors of one work item.</summary>
    private const int Grain = 16;

    public static void Run<T>(CpuDevice device, in NearestCodewordArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var (codewords, width) = (arguments.Codewords, arguments.Width);
        using var transposed = device.Rent<float>(Check.Elements(codewords, width));
        var from = arguments.Codebook.Pointer();
        var to = transposed.Span.Pointer();
        for (var codeword = 0; codeword < codewords; codeword++)
        {
            for (var c = 0; c < width; c++)
            {
                to[((long)c * codewords) + codeword] = from[((long)codeword * width) + c];
            }
        }

        device.Workers.ForRanges(arguments.Rows, Grain, new Body<T>(
            arguments.Vectors.Pointer(), from, to, arguments.Indices.Pointer(), arguments.Quantized.Pointer(), codewords, width));
    }

    private readonly struct Body<T>(
        float* vectors, float* codebook, float* transposed, int* indices, float* quantized, int codewords, int width) : IRangeWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(long start, long end)
        {
            for (var row = start; row < end; row++)
            {
                var best = Find(vectors + (row * width));
                indices[row] = best;
                for (var c = 0; quantized is not null && c < width; c++)
                {
                    quantized[(row * width) + c] = codebook[((long)best * width) + c];
                }
            }
        }

        /// <summary>Every lane keeps the first of its smallest distances; of the lanes the smallest distance, then the lowest index wins.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private int Find(float* vector)
        {
            var nearest = T.Create(float.PositiveInfinity);
            var at = T.Zero;
            for (var first = 0; first < codewords; first += T.Width)
            {
                var count = Math.Min(T.Width, codewords - first);
                var distance = T.Zero;
                for (var c = 0; c < width; c++)
                {
                    var column = transposed + ((long)c * codewords) + first;
                    var difference = T.Create(vector[c]) - (count == T.Width ? T.Load(column) : T.LoadPartial(column, count));
                    distance = T.MultiplyAdd(difference, difference, distance);
                }

                // Lanes beyond the last codeword measured zeros.
                var isNearer = T.LessThan(distance, nearest) & T.LessThan(T.Indices, T.Create(count));
                nearest = T.Select(isNearer, distance, nearest);
                at = T.Select(isNearer, T.Create(first), at);
            }

            return Best(nearest, at);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static int Best(T nearest, T at)
        {
            var distances = stackalloc float[T.Width];
            var starts = stackalloc float[T.Width];
            T.Store(nearest, distances);
            T.Store(at, starts);
            var (best, smallest) = (0, float.PositiveInfinity);
            for (var lane = 0; lane < T.Width; lane++)
            {
                var index = (int)starts[lane] + lane;
                if (distances[lane] < smallest || (distances[lane] == smallest && index < best))
                {
                    (best, smallest) = (index, distances[lane]);
                }
            }

            return best;
        }
    }
}

/// <summary>SIMD twin: rows of a few components, so the loop is scalar.</summary>
internal readonly unsafe struct StraightThroughBackward : ISimdKernel<StraightThroughBackwardArguments>
{
    public static void Run<T>(CpuDevice device, in StraightThroughBackwardArguments arguments)
        where T : unmanaged, ISimd<T> =>
        device.Workers.ForRanges(arguments.Rows, Math.Max(1, Elementwise.Grain / arguments.Width), new Body(arguments));

    private readonly struct Body(StraightThroughBackwardArguments arguments) : IRangeWorkItem
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(long start, long end)
        {
            var (width, scale) = (arguments.Width, arguments.CommitmentScale);
            var vectors = arguments.Vectors.Pointer();
            var codebook = arguments.Codebook.Pointer();
            var indices = arguments.Indices.Pointer();
            var from = arguments.QuantizedGradient.Pointer();
            var to = arguments.VectorGradient.Pointer();
            for (var row = start; row < end; row++)
            {
                var isValid = (uint)indices[row] < (uint)arguments.Codewords;
                var codeword = codebook + (isValid ? (long)indices[row] * width : 0);
                for (var c = 0; c < width; c++)
                {
                    var i = (row * width) + c;
                    to[i] = from[i] + (isValid ? scale * (vectors[i] - codeword[c]) : 0);
                }
            }
        }
    }
}

/// <summary>SIMD twin: one pass over the vectors in order; a codebook has few components, so there is little to divide among threads.</summary>
internal readonly unsafe struct CodebookGradient : ISimdKernel<CodebookGradientArguments>
{
    public static void Run<T>(CpuDevice device, in CodebookGradientArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        using var sums = device.Rent<float>(arguments.CodebookGradient.Length);
        sums.Span.Clear();
        device.Workers.For(arguments.Width, new Body(arguments, sums.Span.Pointer()));
    }

    /// <summary>A work item owns a component of every codeword.</summary>
    private readonly struct Body(CodebookGradientArguments arguments, float* sums) : IWorkItem
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(int component)
        {
            var width = arguments.Width;
            var indices = arguments.Indices.Pointer();
            var vectors = arguments.Vectors.Pointer();
            var codebook = arguments.Codebook.Pointer();
            var gradient = arguments.CodebookGradient.Pointer();
            for (var row = 0; row < arguments.Rows; row++)
            {
                if ((uint)indices[row] < (uint)arguments.Codewords)
                {
                    var at = ((long)indices[row] * width) + component;
                    sums[at] += codebook[at] - vectors[((long)row * width) + component];
                }
            }

            for (var codeword = 0; codeword < arguments.Codewords; codeword++)
            {
                var at = ((long)codeword * width) + component;
                gradient[at] = (arguments.Accumulate ? gradient[at] : 0) + (arguments.Scale * sums[at]);
            }
        }
    }
}

/// <summary>SIMD twin: counting is one pass on one thread.</summary>
internal readonly unsafe struct CodewordUsage : ISimdKernel<CodewordUsageArguments>
{
    public static void Run<T>(CpuDevice device, in CodewordUsageArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        arguments.Counts.Clear();
        var indices = arguments.Indices.Pointer();
        var counts = arguments.Counts.Pointer();
        for (var i = 0; i < arguments.Indices.Length; i++)
        {
            if ((uint)indices[i] < (uint)arguments.Counts.Length)
            {
                counts[indices[i]]++;
            }
        }
    }
}
