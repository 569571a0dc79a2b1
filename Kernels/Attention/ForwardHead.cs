using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Attention;

/// <summary>
/// The steps of attention for one head. Everything is computed transposed, so that each lane of a vector belongs to a query: a few
/// queries become the columns of a panel; its product with a block of keys gives a panel of scores that stays in cache, a row for each
/// key; these become powers of two less the largest of their column, which takes no operation across lanes; and the panel of powers is
/// what the values, read down their columns, multiply. Running maxima and sums bound that panel however many keys there are.
/// </summary>
internal readonly unsafe struct ForwardHead<T>
    where T : unmanaged, ISimd<T>
{
    private const float Log2E = 1.44269504f;
    private const float Ln2 = 0.693147181f;

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
        keysPerBlock = AttentionBlocking.ForwardKeys(keys, PanelQueries);
    }

    public int QueryBlocks => AttentionBlocking.CeilingDivide(queries, AttentionBlocking.Queries);

    public int KeyBlocks => AttentionBlocking.CeilingDivide(keys, keysPerBlock);

    /// <summary>Floats of a head's transposed values.</summary>
    public long TransposedFloats => KeyBlocks * TransposedBlock;

    /// <summary>Queries of the widest panel.</summary>
    private static int PanelQueries => MicroKernels.WidestVectors<T>() * T.Width;

    private long TransposedBlock => (long)width * PaddedKeys;

    private int PaddedKeys => AttentionBlocking.CeilingDivide(keysPerBlock, T.Width) * T.Width;

    /// <summary>Transposes a block of values.</summary>
    public void Transpose(int image, int head, int block, float* transposed)
    {
        var first = block * keysPerBlock;
        PanelPacking.PackColumns<T>(
            value.Token(image, head, first),
            value.Stride,
            width,
            Math.Min(keysPerBlock, keys - first),
            transposed + (block * TransposedBlock),
            PaddedKeys);
    }

    /// <summary>Computes the output of a block of queries.</summary>
    /// <param name="image">The image.</param>
    /// <param name="head">The head.</param>
    /// <param name="block">The block of queries.</param>
    /// <param name="transposed">The head's values, transposed, or null to read them where they lie.</param>
    public void Attend(int image, int head, int block, float* transposed)
    {
        var end = Math.Min((block + 1) * AttentionBlocking.Queries, queries);
        for (var first = block * AttentionBlocking.Queries; first < end; first += PanelQueries)
        {
            AttendPanel(image, head, first, Math.Min(PanelQueries, end - first), transposed);
        }
    }

    private void AttendPanel(int image, int head, int first, int count, float* transposed)
    {
        using var scratch = WorkerScratch.Open();
        var vectors = AttentionBlocking.CeilingDivide(count, T.Width);
        var products = new PanelProducts<T>(vectors);
        var panel = scratch.Take<float>((long)width * products.Lanes);
        var scores = scratch.Take<float>((long)keysPerBlock * products.Lanes);
        var sums = scratch.Take<float>((long)AttentionBlocking.CeilingDivide(width, T.Width) * T.Width * products.Lanes);
        var softmaxes = scratch.Take<RunningSoftmax<T>>(vectors);

        PanelPacking.PackColumns<T>(query.Token(image, head, first), query.Stride, width, count, panel, products.Lanes);
        AttentionRows.Multiply<T>(panel, scale * Log2E, panel, width * products.Lanes);
        new Span<RunningSoftmax<T>>(softmaxes, vectors).Fill(RunningSoftmax<T>.Empty);
        for (var block = 0; block < KeyBlocks; block++)
        {
            var firstKey = block * keysPerBlock;
            var size = Math.Min(keysPerBlock, keys - firstKey);
            products.Multiply(key.Token(image, head, firstKey), key.Stride, size, width, panel, scores, false);
            for (var v = 0; v < vectors; v++)
            {
                softmaxes[v].Absorb(scores + (v * T.Width), products.Lanes, size, sums + (v * T.Width), width);
            }

            if (transposed != null)
            {
                products.Multiply(transposed + (block * TransposedBlock), PaddedKeys, width, size, scores, sums, block > 0);
            }
            else
            {
                products.MultiplyTransposed(value.Token(image, head, firstKey), value.Stride, width, size, scores, sums, block > 0);
            }
        }

        for (var v = 0; v < vectors; v++)
        {
            var lane = v * T.Width;
            Finish(image, head, first + lane, Math.Min(T.Width, count - lane), sums + lane, products.Lanes, softmaxes[v]);
        }
    }

    /// <summary>Divides the sums of a vector of queries, turns them back into rows and writes these.</summary>
    [MethodImpl(HotLoop.Options)]
    private void Finish(int image, int head, int token, int count, float* sums, int stride, in RunningSoftmax<T> softmax)
    {
        var factor = T.Reciprocal(softmax.Sum);
        for (var channel = 0; channel < width; channel++)
        {
            T.Store(T.Load(sums + (channel * stride)) * factor, sums + (channel * stride));
        }

        var target = output.Token(image, head, token);
        var rows = stackalloc float[T.Width * T.Width];
        for (var channel = 0; channel < width; channel += T.Width)
        {
            if (count == T.Width && width - channel >= T.Width)
            {
                T.TransposeBlock(sums + (channel * stride), stride, target + channel, output.Stride);
                continue;
            }

            T.TransposeBlock(sums + (channel * stride), stride, rows, T.Width);
            for (var i = 0; i < count; i++)
            {
                T.StorePartial(T.Load(rows + (i * T.Width)), target + (i * output.Stride) + channel, Math.Min(T.Width, width - channel));
            }
        }

        if (logSumExp != null)
        {
            var logarithm = T.MultiplyAdd(softmax.Maximum, T.Create(Ln2), SimdMath.Log(softmax.Sum));
            T.StorePartial(logarithm, logSumExp + ((((long)image * heads) + head) * queries) + token, count);
        }
    }
}
