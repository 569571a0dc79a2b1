using ILGPU;
using ILGPU.Runtime;
using KernelDiff.Kernels.Gpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Attention;

/// <summary>
/// Attention's gradients for GPUs. All three are the same walk: 64 threads own 64 rows (queries, or keys) of a gradient, pass over all
/// tokens of the other side in tiles of 64, recompute a tile of probabilities or of score gradients, and multiply it with those tokens.
/// </summary>
/// <remarks>No tile is shared by two groups, so every sum has one order. Wide heads are cut into chunks as in the forward pass.</remarks>
internal static class SharedAttentionBackward
{
    private const float Log2E = 1.44269504f;

    // One number for each row, then for each column of the tile: the side that is not the queries' holds zeros.
    private const int RowExponents = SharedTiles.Numbers;
    private const int RowMeans = SharedTiles.Numbers + OuterTile.Size;
    private const int ColumnExponents = SharedTiles.Numbers + (2 * OuterTile.Size);
    private const int ColumnMeans = SharedTiles.Numbers + (3 * OuterTile.Size);

    private static readonly GpuKernel<Parameters> Wide = new(Sum<WideTile, OperandSlice, OperandSlice>);
    private static readonly GpuKernel<Parameters> Narrow = new(Sum<NarrowTile, OperandSlice, OperandSlice>);
    private static readonly GpuKernel<Parameters> WideInQuads = new(Sum<WideTile, StepQuads, RowQuads>);
    private static readonly GpuKernel<Parameters> NarrowInQuads = new(Sum<NarrowTile, StepQuads, RowQuads>);

    public static GpuVariant<AttentionBackwardArguments> Variant { get; } =
        new("shared", Launch, [Wide, Narrow, WideInQuads, NarrowInQuads, .. OutputMeans.Kernels], preferredOn: DeviceClass.Gpu);

    private static void Launch(GpuDevice device, in AttentionBackwardArguments arguments)
    {
        using var means = device.Rent<float>(arguments.LogSumExp.Length);
        OutputMeans.Launch(device, arguments, means.Span);

        var query = GpuOperand.Create(device, arguments.Query, arguments.QueryLayout);
        var key = GpuOperand.Create(device, arguments.Key, arguments.KeyLayout);
        var value = GpuOperand.Create(device, arguments.Value, arguments.ValueLayout);
        var outputGradient = GpuOperand.Create(device, arguments.OutputGradient, arguments.OutputGradientLayout);
        var byQueries = new Parameters
        {
            RowScore = query,
            ColumnScore = key,
            RowGradient = outputGradient,
            ColumnGradient = value,
            Factor = key,
            Result = GpuOperand.Create(device, arguments.QueryGradient, arguments.QueryGradientLayout),
            LogSumExp = device.View(arguments.LogSumExp),
            Means = device.View(means.Span),
            RowsAreQueries = 1,
            SumsScoreGradients = 1,
            Heads = arguments.Heads,
            Rows = arguments.Queries,
            Columns = arguments.Keys,
            Width = arguments.HeadWidth,
            ScoreScale = arguments.Scale * Log2E,
            ResultScale = arguments.Scale,
        };
        var byKeys = byQueries with
        {
            RowScore = key,
            ColumnScore = query,
            RowGradient = value,
            ColumnGradient = outputGradient,
            Factor = query,
            Result = GpuOperand.Create(device, arguments.KeyGradient, arguments.KeyGradientLayout),
            RowsAreQueries = 0,
            Rows = arguments.Keys,
            Columns = arguments.Queries,
        };
        var heads = arguments.Batch * arguments.Heads;
        var hasQuads = SharedTiles.HasQuads(
            arguments.HeadWidth,
            (arguments.Query, arguments.QueryLayout),
            (arguments.Key, arguments.KeyLayout),
            (arguments.Value, arguments.ValueLayout),
            (arguments.OutputGradient, arguments.OutputGradientLayout));
        var kernel = arguments.HeadWidth <= NarrowTile.Columns
            ? (hasQuads ? NarrowInQuads : Narrow)
            : (hasQuads ? WideInQuads : Wide);
        Launch(device, kernel, heads, byQueries);
        Launch(device, kernel, heads, byKeys);
        Launch(device, kernel, heads, byKeys with
        {
            Factor = outputGradient,
            Result = GpuOperand.Create(device, arguments.ValueGradient, arguments.ValueGradientLayout),
            SumsScoreGradients = 0,
            ResultScale = 1f,
        });
    }

    private static void Launch(GpuDevice device, GpuKernel<Parameters> kernel, int heads, Parameters parameters)
    {
        parameters.ChunkWidth = parameters.Width <= NarrowTile.Columns ? NarrowTile.Columns : WideTile.Columns;
        var chunks = (parameters.Width + parameters.ChunkWidth - 1) / parameters.ChunkWidth;
        for (var first = 0; first < heads; first += SharedTiles.MaximumHeads)
        {
            parameters.FirstHead = first;
            device.Launch(
                kernel,
                new Index3D(SharedTiles.TilesOver(parameters.Rows), chunks, Math.Min(heads - first, SharedTiles.MaximumHeads)),
                new Index3D(OuterTile.Threads, 1, 1),
                parameters);
        }
    }

    internal static void Sum<TTile, TTokens, TFactors>(Parameters p)
        where TTile : struct, IRowTile<TTile>
        where TTokens : struct, IOperandSlice<TTokens>
        where TFactors : struct, IOperandSlice<TFactors>
    {
        var shared = SharedMemory.Allocate<float>(SharedTiles.Length);
        var quads = shared.Cast<Quad>();
        var thread = Group.IdxX;
        var y = OuterTile.RowOf(thread);
        var x = OuterTile.ColumnOf(thread);
        var headNumber = p.FirstHead + Grid.IdxZ;
        var image = headNumber / p.Heads;
        var head = headNumber - (image * p.Heads);
        var firstRow = Grid.IdxX * OuterTile.Size;
        var firstChannel = Grid.IdxY * p.ChunkWidth;
        var rowsLeft = p.Rows - firstRow;
        var weights = (SharedTiles.Weights / 4) + (x * OuterTile.Pitch) + y;

        var rowNumber = (headNumber * p.Rows) + firstRow + thread;
        var hasRow = p.RowsAreQueries != 0 && thread < rowsLeft;
        shared[RowExponents + thread] = hasRow ? p.LogSumExp[hasRow ? rowNumber : 0] * Log2E : 0f;
        shared[RowMeans + thread] = hasRow ? p.Means[hasRow ? rowNumber : 0] : 0f;

        TTile result = default;
        for (var firstColumn = 0; firstColumn < p.Columns; firstColumn += OuterTile.Size)
        {
            // Nobody reads these before the barriers of the product below, nor after those at the end of the round.
            var columnsLeft = p.Columns - firstColumn;
            var columnNumber = (headNumber * p.Columns) + firstColumn + thread;
            var hasColumn = p.RowsAreQueries == 0 && thread < columnsLeft;
            shared[ColumnExponents + thread] = hasColumn ? p.LogSumExp[hasColumn ? columnNumber : 0] * Log2E : 0f;
            shared[ColumnMeans + thread] = hasColumn ? p.Means[hasColumn ? columnNumber : 0] : 0f;

            var tile = SharedTiles.Multiply(
                shared,
                TTokens.Place(thread, p.RowScore.Index(image, head, firstRow), p.RowScore.TokenStride, rowsLeft, 1),
                p.RowScore.Elements,
                TTokens.Place(thread, p.ColumnScore.Index(image, head, firstColumn), p.ColumnScore.TokenStride, columnsLeft, 1),
                p.ColumnScore.Elements,
                p.Width);
            tile.ScaleAndMask(p.ScoreScale, columnsLeft - (4 * x));
            tile.Exponentiate(
                quads[(RowExponents / 4) + y],
                quads[(RowExponents / 4) + OuterTile.Side + y],
                quads[(ColumnExponents / 4) + x],
                quads[(ColumnExponents / 4) + OuterTile.Side + x]);
            tile.StoreTransposed(quads, weights);
            if (p.SumsScoreGradients != 0)
            {
                tile = SharedTiles.Multiply(
                    shared,
                    TTokens.Place(thread, p.RowGradient.Index(image, head, firstRow), p.RowGradient.TokenStride, rowsLeft, 1),
                    p.RowGradient.Elements,
                    TTokens.Place(
                        thread, p.ColumnGradient.Index(image, head, firstColumn), p.ColumnGradient.TokenStride, columnsLeft, 1),
                    p.ColumnGradient.Elements,
                    p.Width);
                tile.MultiplyTransposed(
                    quads,
                    weights,
                    quads[(RowMeans / 4) + y],
                    quads[(RowMeans / 4) + OuterTile.Side + y],
                    quads[(ColumnMeans / 4) + x],
                    quads[(ColumnMeans / 4) + OuterTile.Side + x]);
            }

            result = SharedTiles.Accumulate(
                shared,
                result,
                TFactors.Place(
                    thread, p.Factor.Index(image, head, firstColumn) + firstChannel, 1, p.Width - firstChannel, p.Factor.TokenStride),
                p.Factor.Elements,
                IntrinsicMath.Min(OuterTile.Size, columnsLeft));
        }

        result.ScaleRows(ThreadStrip.Broadcast(p.ResultScale), ThreadStrip.Broadcast(p.ResultScale));
        SharedTiles.Store(
            shared,
            result,
            p.Result.Elements,
            p.Result.Index(image, head, firstRow) + firstChannel,
            p.Result.TokenStride,
            rowsLeft,
            IntrinsicMath.Min(p.ChunkWidth, p.Width - firstChannel));
    }

    internal struct Parameters
    {
        // The operands whose products are the scores, and the gradients of the probabilities.
        public GpuOperand RowScore;
        public GpuOperand ColumnScore;
        public GpuOperand RowGradient;
        public GpuOperand ColumnGradient;

        // The tokens, one for each column, that the weights multiply.
        public GpuOperand Factor;
        public GpuOperand Result;
        public ArrayView<float> LogSumExp;
        public ArrayView<float> Means;
        public int RowsAreQueries;
        public int SumsScoreGradients;
        public int FirstHead;
        public int Heads;
        public int Rows;
        public int Columns;
        public int Width;
        public int ChunkWidth;
        public float ScoreScale;
        public float ResultScale;
    }
}
