using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Quantization;

/// <summary>
/// Nearest codeword: a group of threads shares tiles of the codebook in shared memory, one vector per thread. Codebook gradient and usage:
/// a group per codeword (or run of them) scans the indices together and sums in the order of a fixed tree.
/// </summary>
internal static class QuantizationKernels
{
    /// <summary>Threads of a group.</summary>
    private const int Tile = 64;

    /// <summary>Floats of the codebook that are staged at a time: 16 KiB.</summary>
    private const int Staged = 4096;

    private static readonly GpuKernel<NearestParameters> NearestKernel = new(Nearest);
    private static readonly GpuKernel<StraightParameters> StraightKernel = new(StraightThrough);
    private static readonly GpuKernel<CodebookParameters> CodebookKernel = new(Codebook);
    private static readonly GpuKernel<UsageParameters> UsageKernel = new(Usage);

    public static GpuVariant<NearestCodewordArguments> NearestVariant { get; } = new(
        "staged", LaunchNearest, [NearestKernel], supports: arguments => arguments.Width <= Staged);

    public static GpuVariant<StraightThroughBackwardArguments> StraightVariant { get; } = new("elementwise", LaunchStraight, [StraightKernel]);

    public static GpuVariant<CodebookGradientArguments> CodebookVariant { get; } = new("tree", LaunchCodebook, [CodebookKernel]);

    public static GpuVariant<CodewordUsageArguments> UsageVariant { get; } = new("tree", LaunchUsage, [UsageKernel]);

    private static void LaunchNearest(GpuDevice device, in NearestCodewordArguments arguments) =>
        device.Launch(
            NearestKernel,
            new Index3D((arguments.Rows + Tile - 1) / Tile, 1, 1),
            new Index3D(Tile, 1, 1),
            new NearestParameters
            {
                Vectors = device.View(arguments.Vectors),
                Codebook = device.View(arguments.Codebook),
                Indices = device.View(arguments.Indices),
                Quantized = device.View(arguments.Quantized),
                HasQuantized = arguments.Quantized.IsAbsent ? 0 : 1,
                Rows = arguments.Rows,
                Codewords = arguments.Codewords,
                Width = arguments.Width,
            });

    private static void LaunchStraight(GpuDevice device, in StraightThroughBackwardArguments arguments) =>
        device.LaunchElementwise(StraightKernel, arguments.Vectors.Length, new StraightParameters
        {
            Vectors = device.View(arguments.Vectors),
            Codebook = device.View(arguments.Codebook),
            Indices = device.View(arguments.Indices),
            QuantizedGradient = device.View(arguments.QuantizedGradient),
            VectorGradient = device.View(arguments.VectorGradient),
            Scale = arguments.CommitmentScale,
            Codewords = arguments.Codewords,
            Width = arguments.Width,
            Length = arguments.Vectors.Length,
        });

    private static void LaunchCodebook(GpuDevice device, in CodebookGradientArguments arguments) =>
        device.Launch(
            CodebookKernel,
            new Index3D(arguments.Codewords, 1, 1),
            new Index3D(Tile, 1, 1),
            new CodebookParameters
            {
                Vectors = device.View(arguments.Vectors),
                Codebook = device.View(arguments.Codebook),
                Indices = device.View(arguments.Indices),
                Gradient = device.View(arguments.CodebookGradient),
                Scale = arguments.Scale,
                Accumulate = arguments.Accumulate ? 1 : 0,
                Rows = arguments.Rows,
                Width = arguments.Width,
            });

    private static void LaunchUsage(GpuDevice device, in CodewordUsageArguments arguments) =>
        device.Launch(
            UsageKernel,
            new Index3D(arguments.Counts.Length, 1, 1),
            new Index3D(Tile, 1, 1),
            new UsageParameters
            {
                Indices = device.View(arguments.Indices),
                Counts = device.View(arguments.Counts),
                Length = arguments.Indices.Length,
            });

    internal static void Nearest(NearestParameters p)
    {
        var tile = SharedMemory.Allocate<float>(Staged);
        var thread = Group.IdxX;
        var row = (Grid.IdxX * Tile) + thread;

        // Threads beyond the last row work on it too: all must reach the barriers.
        var vector = (row < p.Rows ? row : p.Rows - 1) * p.Width;
        var perTile = Staged / p.Width;
        var best = 0;
        var bestDistance = 0f;

        // A compiler may turn "less" into "not greater or equal", which not-a-number satisfies; its difference from itself is never zero.
        var residue = 0f;
        for (var c = 0; c < p.Width; c++)
        {
            residue += p.Vectors[vector + c] - p.Vectors[vector + c];
        }

        for (var first = 0; first < p.Codewords; first += perTile)
        {
            var count = p.Codewords - first < perTile ? p.Codewords - first : perTile;
            for (var i = thread; i < count * p.Width; i += Tile)
            {
                tile[i] = p.Codebook[(first * p.Width) + i];
            }

            Group.Barrier();
            for (var codeword = 0; codeword < count; codeword++)
            {
                var distance = 0f;
                for (var c = 0; c < p.Width; c++)
                {
                    var difference = p.Vectors[vector + c] - tile[(codeword * p.Width) + c];
                    distance += difference * difference;
                }

                // Not smaller is not nearer: the lowest index wins.
                if (first + codeword == 0 || distance < bestDistance)
                {
                    best = first + codeword;
                    bestDistance = distance;
                }
            }

            Group.Barrier();
        }

        if (row < p.Rows)
        {
            best = residue == 0f ? best : 0;
            p.Indices[row] = best;
            for (var c = 0; p.HasQuantized != 0 && c < p.Width; c++)
            {
                p.Quantized[vector + c] = p.Codebook[(best * p.Width) + c];
            }
        }
    }

    internal static void StraightThrough(StraightParameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            var row = i / p.Width;
            var index = p.Indices[row];
            var pull = 0f;
            if (index >= 0 && index < p.Codewords)
            {
                pull = p.Scale * (p.Vectors[i] - p.Codebook[(index * p.Width) + i - (row * p.Width)]);
            }

            p.VectorGradient[i] = p.QuantizedGradient[i] + pull;
        }
    }

    internal static void Codebook(CodebookParameters p)
    {
        var partial = SharedMemory.Allocate<float>(Tile);
        var thread = Group.IdxX;
        var codeword = Grid.IdxX;
        for (var c = 0; c < p.Width; c++)
        {
            var at = (codeword * p.Width) + c;
            var sum = 0f;
            for (var row = thread; row < p.Rows; row += Tile)
            {
                if (p.Indices[row] == codeword)
                {
                    sum += p.Codebook[at] - p.Vectors[(row * p.Width) + c];
                }
            }

            partial[thread] = sum;
            Group.Barrier();
            for (var half = Tile / 2; half > 0; half /= 2)
            {
                if (thread < half)
                {
                    partial[thread] += partial[thread + half];
                }

                Group.Barrier();
            }

            if (thread == 0)
            {
                var gradient = p.Scale * partial[0];
                p.Gradient[at] = p.Accumulate != 0 ? p.Gradient[at] + gradient : gradient;
            }

            Group.Barrier();
        }
    }

    internal static void Usage(UsageParameters p)
    {
        var partial = SharedMemory.Allocate<int>(Tile);
        var thread = Group.IdxX;
        var codeword = Grid.IdxX;
        var count = 0;
        for (var i = thread; i < p.Length; i += Tile)
        {
            count += p.Indices[i] == codeword ? 1 : 0;
        }

        partial[thread] = count;
        Group.Barrier();
        for (var half = Tile / 2; half > 0; half /= 2)
        {
            if (thread < half)
            {
                partial[thread] += partial[thread + half];
            }

            Group.Barrier();
        }

        if (thread == 0)
        {
            p.Counts[codeword] = partial[0];
        }
    }

    internal struct NearestParameters
    {
        public ArrayView<float> Vectors;
        public ArrayView<float> Codebook;
        public ArrayView<int> Indices;
        public ArrayView<float> Quantized;
        public int HasQuantized;
        public int Rows;
        public int Codewords;
        public int Width;
    }

    internal struct StraightParameters
    {
        public ArrayView<float> Vectors;
        public ArrayView<float> Codebook;
        public ArrayView<int> Indices;
        public ArrayView<float> QuantizedGradient;
        public ArrayView<float> VectorGradient;
        public float Scale;
        public int Codewords;
        public int Width;
        public int Length;
    }

    internal struct CodebookParameters
    {
        public ArrayView<float> Vectors;
        public ArrayView<float> Codebook;
        public ArrayView<int> Indices;
        public ArrayView<float> Gradient;
        public float Scale;
        public int Accumulate;
        public int Rows;
        public int Width;
    }

    internal struct UsageParameters
    {
        public ArrayView<int> Indices;
        public ArrayView<int> Counts;
        public int Length;
    }
}
