using ILGPU;
using ILGPU.Algorithms;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Embedding;

/// <summary>
/// Forward: one thread per output element. Backward: a group of threads owns an entry of the table and a run of its columns; the group
/// scans the indices together, tile by tile in shared memory, and each thread adds the rows that match to its own column, in order.
/// </summary>
internal static class EmbeddingKernels
{
    /// <summary>Threads of a group, columns that it owns, and indices that it reads at a time.</summary>
    private const int Tile = 64;

    private const float InverseTwoPi = 0.159154943f;

    // 2 pi in two parts: the first has 8 significant bits, so that its product with up to 65536 turns is exact.
    private const float TwoPiHigh = 6.28125f;
    private const float TwoPiLow = 0.00193530718f;

    private static readonly GpuKernel<LookupParameters> LookupKernel = new(Lookup);
    private static readonly GpuKernel<BackwardParameters> BackwardKernel = new(Backward);
    private static readonly GpuKernel<TimestepParameters> TimestepKernel = new(Timestep);

    public static GpuVariant<EmbeddingArguments> LookupVariant { get; } = new("elementwise", LaunchLookup, [LookupKernel]);

    public static GpuVariant<EmbeddingBackwardArguments> BackwardVariant { get; } = new("gather", LaunchBackward, [BackwardKernel]);

    public static GpuVariant<TimestepEmbeddingArguments> TimestepVariant { get; } = new("elementwise", LaunchTimestep, [TimestepKernel]);

    private static void LaunchLookup(GpuDevice device, in EmbeddingArguments arguments) =>
        device.LaunchElementwise(LookupKernel, arguments.Output.Length, new LookupParameters
        {
            Indices = device.View(arguments.Indices),
            Table = device.View(arguments.Table),
            Output = device.View(arguments.Output),
            Entries = arguments.Entries,
            Width = arguments.Width,
            Length = arguments.Output.Length,
        });

    private static void LaunchBackward(GpuDevice device, in EmbeddingBackwardArguments arguments) =>
        device.Launch(
            BackwardKernel,
            new Index3D(arguments.Entries, (arguments.Width + Tile - 1) / Tile, 1),
            new Index3D(Tile, 1, 1),
            new BackwardParameters
            {
                Indices = device.View(arguments.Indices),
                OutputGradient = device.View(arguments.OutputGradient),
                TableGradient = device.View(arguments.TableGradient),
                Rows = arguments.Rows,
                Width = arguments.Width,
                Accumulate = arguments.Accumulate ? 1 : 0,
            });

    private static void LaunchTimestep(GpuDevice device, in TimestepEmbeddingArguments arguments) =>
        device.LaunchElementwise(TimestepKernel, arguments.Output.Length, new TimestepParameters
        {
            Timesteps = device.View(arguments.Timesteps),
            Output = device.View(arguments.Output),
            LogPeriod = MathF.Log(arguments.MaximumPeriod),
            Width = arguments.Width,
            Length = arguments.Output.Length,
        });

    internal static void Lookup(LookupParameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            var row = i / p.Width;
            var index = p.Indices[row];
            var value = 0f;
            if (index >= 0 && index < p.Entries)
            {
                value = p.Table[(index * p.Width) + i - (row * p.Width)];
            }

            p.Output[i] = value;
        }
    }

    internal static void Backward(BackwardParameters p)
    {
        var tile = SharedMemory.Allocate<int>(Tile);
        var thread = Group.IdxX;
        var entry = Grid.IdxX;
        var column = (Grid.IdxY * Tile) + thread;
        var sum = 0f;
        for (var first = 0; first < p.Rows; first += Tile)
        {
            tile[thread] = first + thread < p.Rows ? p.Indices[first + thread] : -1;
            Group.Barrier();
            for (var i = 0; i < Tile; i++)
            {
                if (tile[i] == entry && column < p.Width)
                {
                    sum += p.OutputGradient[((first + i) * p.Width) + column];
                }
            }

            Group.Barrier();
        }

        if (column < p.Width)
        {
            var at = (entry * p.Width) + column;
            p.TableGradient[at] = p.Accumulate != 0 ? p.TableGradient[at] + sum : sum;
        }
    }

    internal static void Timestep(TimestepParameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            var row = i / p.Width;
            var column = i - (row * p.Width);
            var half = p.Width / 2;
            var value = 0f;
            if (column < 2 * half)
            {
                var isSine = column >= half;
                var j = isSine ? column - half : column;
                var angle = p.Timesteps[row] * XMath.Exp(-p.LogPeriod * j / half);

                // CUDA's sine and cosine are accurate within a turn around zero only.
                var turns = XMath.Floor((angle * InverseTwoPi) + 0.5f);
                angle = angle - (turns * TwoPiHigh) - (turns * TwoPiLow);
                value = isSine ? XMath.Sin(angle) : XMath.Cos(angle);
            }

            p.Output[i] = value;
        }
    }

    internal struct LookupParameters
    {
        public ArrayView<int> Indices;
        public ArrayView<float> Table;
        public ArrayView<float> Output;
        public int Entries;
        public int Width;
        public int Length;
    }

    internal struct BackwardParameters
    {
        public ArrayView<int> Indices;
        public ArrayView<float> OutputGradient;
        public ArrayView<float> TableGradient;
        public int Rows;
        public int Width;
        public int Accumulate;
    }

    internal struct TimestepParameters
    {
        public ArrayView<float> Timesteps;
        public ArrayView<float> Output;
        public float LogPeriod;
        public int Width;
        public int Length;
    }
}
