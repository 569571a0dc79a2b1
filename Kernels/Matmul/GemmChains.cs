using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Matmul;

/// <summary>
/// Products with a transposed A that are very deep for their few elements, as gradients of weights are: their terms are cut into chains,
/// each of them a product of its own that reads its part of A and B once, and the sums of the chains are added in order.
/// </summary>
internal static unsafe class GemmChains
{
    private const int MostChains = 16;

    // Terms of a chain, at least: a block of a product, and enough of them for each element of C, which a chain writes and reads once more.
    private const int ShortestChain = 256;
    private const int ElementsPerTerm = 128;

    /// <summary>How many chains of equal length the terms are cut into: a power of two that follows from the shape alone.</summary>
    public static int Count(in GemmProblem problem)
    {
        var isPlain = problem is { TransposeA: true, TransposeB: false, Batch: 1, Alpha: 1, Beta: 0 or 1, HasEpilogue: false } && problem.Bias == null;
        if (!isPlain)
        {
            return 1;
        }

        var shortest = Math.Max(ShortestChain, (long)problem.Rows * problem.Columns / ElementsPerTerm);
        var chains = 1;
        while (chains < MostChains && problem.Depth % (2 * chains) == 0 && problem.Depth / (2 * chains) >= shortest)
        {
            chains *= 2;
        }

        return chains;
    }

    /// <exception cref="DeviceMemoryException">The system has no memory left for the sums of the chains.</exception>
    public static void Run<T>(CpuDevice device, in GemmProblem problem, int chains)
        where T : unmanaged, ISimd<T>
    {
        var elements = (long)problem.Rows * problem.Columns;
        var depth = problem.Depth / chains;
        using var workspace = device.Rent<float>(checked((int)(chains * elements)));
        var sums = workspace.Span.Pointer();
        Gemm.Multiply<T>(device.Workers, problem with
        {
            Depth = depth,
            Batch = chains,
            ABatchStride = depth * problem.AStride,
            BBatchStride = depth * problem.BStride,
            C = sums,
            CStride = problem.Columns,
            CBatchStride = elements,
            Beta = 0,
        });
        device.Workers.ForRanges(problem.Rows, Addition<T>.Grain, new Addition<T>(problem, chains, sums));
    }

    private readonly struct Addition<T>(GemmProblem problem, int chains, float* sums) : IRangeWorkItem
        where T : unmanaged, ISimd<T>
    {
        /// <summary>Rows of an item.</summary>
        public const int Grain = 16;

        [MethodImpl(HotLoop.Options)]
        public void Run(long start, long end)
        {
            var elements = (long)problem.Rows * problem.Columns;
            for (var row = start; row < end; row++)
            {
                var to = problem.C + (row * problem.CStride);
                var from = sums + (row * problem.Columns);
                for (var column = 0; column < problem.Columns; column += T.Width)
                {
                    var count = Math.Min(T.Width, problem.Columns - column);
                    var sum = T.LoadPartial(from + column, count);
                    for (var chain = 1; chain < chains; chain++)
                    {
                        sum += T.LoadPartial(from + (chain * elements) + column, count);
                    }

                    T.StorePartial(problem.Beta == 0 ? sum : sum + T.LoadPartial(to + column, count), to + column, count);
                }
            }
        }
    }
}
