using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Attention;

/// <summary>
/// The steps of attention for one head. Keys are packed as panels of their transpose, values as panels of rows. Then, for a few query
/// rows at a time, scores go into a buffer that stays in cache, become powers of two less the largest, and multiply the values. Blocks
/// of keys with a running maximum bound that buffer however many keys there are.
/// </summary>
internal readonly unsafe struct ForwardHead<T>
    where T : unmanaged, ISimd<T>
{
    private const float Log2E = 1.44269504f;
    private const float Ln2 = 0.693147181f;

    // Rows of a power-of-two length would share the same few cache sets.
    private const int RowPadding = 16;

    private readonly HeadOperand query;
    private readonly HeadOperand key;
    private readonly HeadOperand value;
    private readonly HeadOperand output;
    private readonly float* logSumExp;
    private readonly int heads;
    private readonly int queries;
    private readonly int keys;
    private readonly int width;
    private readonly float scale;
    private readonly int keysPerBlock;
    private readonly PanelLayout channels;

    public ForwardHead(in AttentionArguments arguments)
    {
        query = new HeadOperand(arguments.Query, arguments.QueryLayout);
        key = new HeadOperand(arguments.Key, arguments.KeyLayout);
        value = new HeadOperand(arguments.Value, arguments.ValueLayout);
        output = new HeadOperand(arguments.Output, arguments.OutputLayout);
        logSumExp = arguments.LogSumExp.Pointer();
        heads = arguments.Heads;
        queries = arguments.Queries;
        keys = arguments.Keys;
        width = arguments.HeadWidth;
        scale = arguments.Scale;
        keysPerBlock = AttentionBlocking.ForwardKeys(keys, width);
        channels = PanelLayout.Create<T>(width);
    }

    public int QueryBlocks => AttentionBlocking.CeilingDivide(queries, AttentionBlocking.Queries);

    public int KeyBlocks => AttentionBlocking.CeilingDivide(keys, keysPerBlock);

    /// <summary>Floats of a head's packed keys and values.</summary>
    public long PackedFloats => KeyBlocks * PackedBlock;

    private long PackedBlock => PackedKeys + ((long)keysPerBlock * channels.PaddedColumns);

    private long PackedKeys => (long)PanelLayout.Create<T>(keysPerBlock).PaddedColumns * width;

    /// <summary>Packs a block of keys and values.</summary>
    public void Pack(int image, int head, int block, float* packed)
    {
        packed += block * PackedBlock;
        var first = block * keysPerBlock;
        var count = Math.Min(keysPerBlock, keys - first);
        HeadPacking<T>.Columns(key.Token(image, head, first), key.Stride, width, PanelLayout.Create<T>(count), packed);
        HeadPacking<T>.Rows(value.Token(image, head, first), value.Stride, count, channels, packed + PackedKeys);
    }

    /// <summary>Computes the output of a block of queries.</summary>
    public void Attend(int image, int head, int block, float* packed)
    {
        using var scratch = WorkerScratch.Open();
        var first = block * AttentionBlocking.Queries;
        var count = Math.Min(AttentionBlocking.Queries, queries - first);
        var scaled = scratch.Take<float>((long)count * width);
        var sums = scratch.Take<float>((long)count * channels.PaddedColumns);
        var softmax = scratch.Take<RunningSoftmax>(count);
        var stride = PanelLayout.Create<T>(keysPerBlock).PaddedColumns + RowPadding;
        var tallest = MicroKernels.MaximumRows<T>();
        var scores = scratch.Take<float>((long)tallest * stride);

        AttentionRows.Scale<T>(query.Token(image, head, first), query.Stride, count, width, scale * Log2E, scaled);
        new Span<RunningSoftmax>(softmax, count).Fill(RunningSoftmax.Empty);
        for (var keyBlock = 0; keyBlock < KeyBlocks; keyBlock++)
        {
            var size = Math.Min(keysPerBlock, keys - (keyBlock * keysPerBlock));
            for (var row = 0; row < count; row += tallest)
            {
                var rows = Math.Min(tallest, count - row);
                var sum = sums + ((long)row * channels.PaddedColumns);
                TileProducts<T>.Multiply(
                    scaled + ((long)row * width), width, rows, width, packed, PanelLayout.Create<T>(size), scores, stride, accumulate: false);
                for (var i = 0; i < rows; i++)
                {
                    softmax[row + i].Absorb<T>(scores + ((long)i * stride), size, sum + ((long)i * channels.PaddedColumns), width);
                }

                TileProducts<T>.Multiply(
                    scores, stride, rows, size, packed + PackedKeys, channels, sum, channels.PaddedColumns, accumulate: keyBlock > 0);
            }

            packed += PackedBlock;
        }

        Finish(image, head, first, count, sums, softmax);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Finish(int image, int head, int first, int count, float* sums, RunningSoftmax* softmax)
    {
        for (var i = 0; i < count; i++)
        {
            AttentionRows.Multiply<T>(sums, 1 / softmax[i].Sum, output.Token(image, head, first + i), width);
            sums += channels.PaddedColumns;
            if (logSumExp != null)
            {
                logSumExp[((((long)image * heads) + head) * queries) + first + i] = (softmax[i].Maximum + MathF.Log2(softmax[i].Sum)) * Ln2;
            }
        }
    }
}
