using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Attention;

/// <summary>
/// The steps of attention's gradient for one head. For a block of queries and a block of keys: probabilities from the scores and the
/// saved log-sum-exp, their gradients, then three products: into the block's query gradient, and, by tiles that read the probabilities
/// down their columns, into the gradients of keys and values, which stay in memory until all queries have added to them.
/// </summary>
internal readonly unsafe struct BackwardHead<T>
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
    private readonly HeadOperand outputGradient;
    private readonly HeadOperand queryGradient;
    private readonly HeadOperand keyGradient;
    private readonly HeadOperand valueGradient;
    private readonly float* logSumExp;
    private readonly int heads;
    private readonly int queries;
    private readonly int keys;
    private readonly int width;
    private readonly float scale;
    private readonly int keysPerBlock;
    private readonly PanelLayout channels;

    public BackwardHead(in AttentionBackwardArguments arguments)
    {
        query = new HeadOperand(arguments.Query, arguments.QueryLayout);
        key = new HeadOperand(arguments.Key, arguments.KeyLayout);
        value = new HeadOperand(arguments.Value, arguments.ValueLayout);
        output = new HeadOperand(arguments.Output, arguments.OutputLayout);
        outputGradient = new HeadOperand(arguments.OutputGradient, arguments.OutputGradientLayout);
        queryGradient = new HeadOperand(arguments.QueryGradient, arguments.QueryGradientLayout);
        keyGradient = new HeadOperand(arguments.KeyGradient, arguments.KeyGradientLayout);
        valueGradient = new HeadOperand(arguments.ValueGradient, arguments.ValueGradientLayout);
        logSumExp = arguments.LogSumExp.Pointer();
        heads = arguments.Heads;
        queries = arguments.Queries;
        keys = arguments.Keys;
        width = arguments.HeadWidth;
        scale = arguments.Scale;
        keysPerBlock = AttentionBlocking.BackwardKeys(keys, width);
        channels = PanelLayout.Create<T>(width);
    }

    public int QueryBlocks => AttentionBlocking.CeilingDivide(queries, AttentionBlocking.Queries);

    public int KeyBlocks => AttentionBlocking.CeilingDivide(keys, keysPerBlock);

    /// <summary>Floats of a head's keys and values, packed.</summary>
    public long PackedFloats => KeyBlocks * PackedBlock;

    /// <summary>Floats of the gradients of a head's keys, then of its values.</summary>
    public long SumFloats => 2 * ValueSums;

    private long ValueSums => (long)keys * channels.PaddedColumns;

    private long PackedColumns => (long)PanelLayout.Create<T>(keysPerBlock).PaddedColumns * width;

    private long PackedBlock => (2 * PackedColumns) + ((long)keysPerBlock * channels.PaddedColumns);

    /// <summary>Packs a block of keys: the keys' transpose, the values' transpose, the keys.</summary>
    public void Pack(int image, int head, int block, float* packed)
    {
        packed += block * PackedBlock;
        var first = block * keysPerBlock;
        var count = Math.Min(keysPerBlock, keys - first);
        HeadPacking<T>.Columns(key.Token(image, head, first), key.Stride, width, PanelLayout.Create<T>(count), packed);
        HeadPacking<T>.Columns(value.Token(image, head, first), value.Stride, width, PanelLayout.Create<T>(count), packed + PackedColumns);
        HeadPacking<T>.Rows(key.Token(image, head, first), key.Stride, count, channels, packed + (2 * PackedColumns));
    }

    /// <summary>
    /// Writes the query gradients of a range of the blocks of queries, one of <paramref name="splits"/>, and sums what they give to keys and
    /// values.
    /// </summary>
    public void Accumulate(int image, int head, int split, int splits, float* packed, float* sums)
    {
        var start = (int)((long)QueryBlocks * split / splits);
        var end = (int)((long)QueryBlocks * (split + 1) / splits);
        new Span<float>(sums, checked((int)SumFloats)).Clear();
        using var scratch = WorkerScratch.Open();
        var block = new BackwardQueries(scratch, width, channels.PaddedColumns, PanelLayout.Create<T>(keysPerBlock).PaddedColumns + RowPadding);
        for (var number = start; number < end; number++)
        {
            var first = number * AttentionBlocking.Queries;
            var count = Math.Min(AttentionBlocking.Queries, queries - first);
            LoadQueries(block, image, head, first, count);
            for (var keyBlock = 0; keyBlock < KeyBlocks; keyBlock++)
            {
                AddBlock(block, count, keyBlock, packed + (keyBlock * PackedBlock), sums);
            }

            for (var i = 0; i < count; i++)
            {
                AttentionRows.Multiply<T>(
                    block.QueryGradient + ((long)i * channels.PaddedColumns), scale, queryGradient.Token(image, head, first + i), width);
            }
        }
    }

    /// <summary>Adds up the partial gradients of a block of keys in order and writes them.</summary>
    public void Finish(int image, int head, int block, float* sums, int splits)
    {
        var first = block * keysPerBlock;
        var end = Math.Min(first + keysPerBlock, keys);

        // The queries that were summed carry scale · log2(e).
        for (var token = first; token < end; token++)
        {
            var row = sums + ((long)token * channels.PaddedColumns);
            AttentionRows.Sum<T>(row, SumFloats, splits, Ln2, keyGradient.Token(image, head, token), width);
            AttentionRows.Sum<T>(row + ValueSums, SumFloats, splits, 1, valueGradient.Token(image, head, token), width);
        }
    }

    private void LoadQueries(in BackwardQueries block, int image, int head, int first, int count)
    {
        AttentionRows.Scale<T>(query.Token(image, head, first), query.Stride, count, width, scale * Log2E, block.Query);
        HeadPacking<T>.Rows(block.Query, width, count, channels, block.QueryPanels);
        AttentionRows.Scale<T>(
            outputGradient.Token(image, head, first), outputGradient.Stride, count, width, 1, block.OutputGradient);
        HeadPacking<T>.Rows(block.OutputGradient, width, count, channels, block.OutputGradientPanels);
        for (var i = 0; i < count; i++)
        {
            block.LogSumExp[i] = logSumExp[((((long)image * heads) + head) * queries) + first + i] * Log2E;
            block.Mean[i] = AttentionRows.Dot<T>(
                output.Token(image, head, first + i), block.OutputGradient + ((long)i * width), width);
        }
    }

    private void AddBlock(in BackwardQueries block, int count, int keyBlock, float* packed, float* sums)
    {
        var first = keyBlock * keysPerBlock;
        var size = Math.Min(keysPerBlock, keys - first);
        var columns = PanelLayout.Create<T>(size);
        var tallest = MicroKernels.MaximumRows<T>();
        for (var row = 0; row < count; row += tallest)
        {
            var rows = Math.Min(tallest, count - row);
            var probabilities = block.Probabilities + (row * block.Stride);
            var gradients = block.ScoreGradients + (row * block.Stride);
            TileProducts<T>.Multiply(
                block.Query + ((long)row * width), width, rows, width, packed, columns, probabilities, block.Stride, false);
            TileProducts<T>.Multiply(
                block.OutputGradient + ((long)row * width), width, rows, width, packed + PackedColumns, columns, gradients, block.Stride, false);
            for (var i = 0; i < rows; i++)
            {
                AttentionRows.ScoreGradient<T>(
                    probabilities + (i * block.Stride), gradients + (i * block.Stride), size, block.LogSumExp[row + i], block.Mean[row + i]);
            }

            TileProducts<T>.Multiply(
                gradients,
                block.Stride,
                rows,
                size,
                packed + (2 * PackedColumns),
                channels,
                block.QueryGradient + ((long)row * channels.PaddedColumns),
                channels.PaddedColumns,
                keyBlock > 0);
        }

        var keySums = sums + ((long)first * channels.PaddedColumns);
        TileProducts<T>.AddTransposed(
            block.ScoreGradients, block.Stride, size, count, block.QueryPanels, channels, keySums, channels.PaddedColumns);
        TileProducts<T>.AddTransposed(
            block.Probabilities, block.Stride, size, count, block.OutputGradientPanels, channels, keySums + ValueSums, channels.PaddedColumns);
    }
}
