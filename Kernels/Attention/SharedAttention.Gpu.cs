using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;
using KernelDiff.Kernels.Gpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Attention;

/// <summary>
/// Attention for GPUs: 64 threads compute 64 queries of a head, tile by tile of 64 keys with a running maximum and sum (Milakov and
/// Gimelshein, "Online normalizer calculation for softmax"), so that scores never leave shared memory.
/// </summary>
/// <remarks>
/// Heads wider than 64 channels are cut into chunks of output channels, one group of threads each: every chunk computes the scores again,
/// which costs arithmetic but keeps the accumulators in registers, and gives few heads of many channels enough groups to fill a GPU.
/// </remarks>
internal static class SharedAttention
{
    private const float Log2E = 1.44269504f;
    private const float Ln2 = 0.693147181f;

    private const int Maxima = SharedTiles.Numbers;
    private const int Factors = SharedTiles.Numbers + OuterTile.Size;

    private static readonly GpuKernel<Parameters> Wide = new(Attend<WideTile, OperandSlice, OperandSlice>);
    private static readonly GpuKernel<Parameters> Narrow = new(Attend<NarrowTile, OperandSlice, OperandSlice>);
    private static readonly GpuKernel<Parameters> WideInQuads = new(Attend<WideTile, StepQuads, RowQuads>);
    private static readonly GpuKernel<Parameters> NarrowInQuads = new(Attend<NarrowTile, StepQuads, RowQuads>);

    public static GpuVariant<AttentionArguments> Variant { get; } =
        new("shared", Launch, [Wide, Narrow, WideInQuads, NarrowInQuads], preferredOn: DeviceClass.Gpu);

    private static void Launch(GpuDevice device, in AttentionArguments arguments)
    {
        var isNarrow = arguments.HeadWidth <= NarrowTile.Columns;
        var parameters = new Parameters
        {
            Query = GpuOperand.Create(device, arguments.Query, arguments.QueryLayout),
            Key = GpuOperand.Create(device, arguments.Key, arguments.KeyLayout),
            Value = GpuOperand.Create(device, arguments.Value, arguments.ValueLayout),
            Output = GpuOperand.Create(device, arguments.Output, arguments.OutputLayout),
            LogSumExp = device.View(arguments.LogSumExp),
            HasLogSumExp = arguments.LogSumExp.IsAbsent ? 0 : 1,
            Heads = arguments.Heads,
            Queries = arguments.Queries,
            Keys = arguments.Keys,
            Width = arguments.HeadWidth,
            ChunkWidth = isNarrow ? NarrowTile.Columns : WideTile.Columns,
            Scale = arguments.Scale * Log2E,
        };
        var hasQuads = SharedTiles.HasQuads(
            arguments.HeadWidth,
            (arguments.Query, arguments.QueryLayout),
            (arguments.Key, arguments.KeyLayout),
            (arguments.Value, arguments.ValueLayout));
        var kernel = hasQuads ? (isNarrow ? NarrowInQuads : WideInQuads) : (isNarrow ? Narrow : Wide);
        var chunks = (arguments.HeadWidth + parameters.ChunkWidth - 1) / parameters.ChunkWidth;
        var heads = arguments.Batch * arguments.Heads;
        for (var first = 0; first < heads; first += SharedTiles.MaximumHeads)
        {
            parameters.FirstHead = first;
            device.Launch(
                kernel,
                new Index3D(SharedTiles.TilesOver(arguments.Queries), chunks, Math.Min(heads - first, SharedTiles.MaximumHeads)),
                new Index3D(OuterTile.Threads, 1, 1),
                parameters);
        }
    }

    internal static void Attend<TTile, TTokens, TValues>(Parameters p)
        where TTile : struct, IRowTile<TTile>
        where TTokens : struct, IOperandSlice<TTokens>
        where TValues : struct, IOperandSlice<TValues>
    {
        var shared = SharedMemory.Allocate<float>(SharedTiles.Length);
        var quads = shared.Cast<Quad>();
        var thread = Group.IdxX;
        var y = OuterTile.RowOf(thread);
        var x = OuterTile.ColumnOf(thread);
        var image = (p.FirstHead + Grid.IdxZ) / p.Heads;
        var head = p.FirstHead + Grid.IdxZ - (image * p.Heads);
        var firstQuery = Grid.IdxX * OuterTile.Size;
        var firstChannel = Grid.IdxY * p.ChunkWidth;
        var rowOfPartial = SharedTiles.Partial + (4 * y * SharedTiles.PartialPitch) + x;

        // Of the row whose number is the thread's.
        var maximum = float.NegativeInfinity;
        var sum = 0f;
        TTile output = default;
        for (var firstKey = 0; firstKey < p.Keys; firstKey += OuterTile.Size)
        {
            var keysLeft = p.Keys - firstKey;
            var scores = SharedTiles.Multiply(
                shared,
                TTokens.Place(thread, p.Query.Index(image, head, firstQuery), p.Query.TokenStride, p.Queries - firstQuery, 1),
                p.Query.Elements,
                TTokens.Place(thread, p.Key.Index(image, head, firstKey), p.Key.TokenStride, keysLeft, 1),
                p.Key.Elements,
                p.Width);
            scores.ScaleAndMask(p.Scale, keysLeft - (4 * x));
            scores.StoreMaxima(shared, rowOfPartial, SharedTiles.PartialPitch);
            Group.Barrier();

            var before = maximum;
            for (var i = 0; i < OuterTile.Side; i++)
            {
                maximum = XMath.Max(maximum, shared[SharedTiles.Partial + (thread * SharedTiles.PartialPitch) + i]);
            }

            var factor = XMath.Exp2(before - maximum);
            shared[Maxima + thread] = maximum;
            shared[Factors + thread] = factor;
            Group.Barrier();

            scores.Exponentiate(quads[(Maxima / 4) + y], quads[(Maxima / 4) + OuterTile.Side + y], default, default);
            scores.StoreSums(shared, rowOfPartial, SharedTiles.PartialPitch);
            scores.StoreTransposed(quads, (SharedTiles.Weights / 4) + (x * OuterTile.Pitch) + y);
            output.ScaleRows(quads[(Factors / 4) + y], quads[(Factors / 4) + OuterTile.Side + y]);
            output = SharedTiles.Accumulate(
                shared,
                output,
                TValues.Place(
                    thread, p.Value.Index(image, head, firstKey) + firstChannel, 1, p.Width - firstChannel, p.Value.TokenStride),
                p.Value.Elements,
                IntrinsicMath.Min(OuterTile.Size, keysLeft));

            sum *= factor;
            for (var i = 0; i < OuterTile.Side; i++)
            {
                sum += shared[SharedTiles.Partial + (thread * SharedTiles.PartialPitch) + i];
            }
        }

        shared[Factors + thread] = 1f / sum;
        Group.Barrier();
        output.ScaleRows(quads[(Factors / 4) + y], quads[(Factors / 4) + OuterTile.Side + y]);
        SharedTiles.Store(
            shared,
            output,
            p.Output.Elements,
            p.Output.Index(image, head, firstQuery) + firstChannel,
            p.Output.TokenStride,
            p.Queries - firstQuery,
            IntrinsicMath.Min(p.ChunkWidth, p.Width - firstChannel));
        if (p.HasLogSumExp != 0 && Grid.IdxY == 0 && firstQuery + thread < p.Queries)
        {
            p.LogSumExp[((p.FirstHead + Grid.IdxZ) * p.Queries) + firstQuery + thread] = (maximum * Ln2) + GpuMath.Log(sum);
        }
    }

    internal struct Parameters
    {
        public GpuOperand Query;
        public GpuOperand Key;
        public GpuOperand Value;
        public GpuOperand Output;
        public ArrayView<float> LogSumExp;
        public int HasLogSumExp;
        public int FirstHead;
        public int Heads;
        public int Queries;
        public int Keys;
        public int Width;
        public int ChunkWidth;

        // Of scores as logarithms to base two.
        public float Scale;
    }
}
