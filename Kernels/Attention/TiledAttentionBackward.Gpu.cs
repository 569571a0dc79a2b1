using ILGPU;
using ILGPU.Runtime;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Attention;

/// <summary>
/// Attention's gradients for CPUs behind OpenCL, in two walks: a core owns some rows (queries, then keys) and passes over the tokens of
/// the other side, recomputes probabilities and score gradients of four rows, and multiplies them with those tokens.
/// </summary>
internal static class TiledAttentionBackward
{
    private const float Log2E = 1.44269504f;

    private static readonly GpuKernel<Parameters> Kernel = new(Sum);

    public static GpuVariant<AttentionBackwardArguments> Variant { get; } = new(
        "tiled",
        Launch,
        [Kernel, .. PackHeads.Kernels, .. OutputMeans.Kernels],
        preferredOn: DeviceClass.OpenClCpu | DeviceClass.Simulator,
        runsOn: DeviceClass.OpenClCpu | DeviceClass.Simulator);

    private static void Launch(GpuDevice device, in AttentionBackwardArguments arguments)
    {
        using var means = device.Rent<float>(arguments.LogSumExp.Length);
        OutputMeans.Launch(device, arguments, means.Span);

        var query = GpuOperand.Create(device, arguments.Query, arguments.QueryLayout);
        var key = GpuOperand.Create(device, arguments.Key, arguments.KeyLayout);
        var value = GpuOperand.Create(device, arguments.Value, arguments.ValueLayout);
        var outputGradient = GpuOperand.Create(device, arguments.OutputGradient, arguments.OutputGradientLayout);
        var queryGradient = GpuOperand.Create(device, arguments.QueryGradient, arguments.QueryGradientLayout);
        var keyGradient = GpuOperand.Create(device, arguments.KeyGradient, arguments.KeyGradientLayout);
        var valueGradient = GpuOperand.Create(device, arguments.ValueGradient, arguments.ValueGradientLayout);
        var keys = new PackHeads.Sizes(arguments.Batch, arguments.Heads, arguments.Keys, arguments.HeadWidth);
        var queries = keys with { Tokens = arguments.Queries };
        var parameters = new Parameters
        {
            LogSumExp = device.View(arguments.LogSumExp),
            Means = device.View(means.Span),
            Heads = arguments.Heads,
            Width = arguments.HeadWidth,
            Products = 2,
            Scale = arguments.Scale,
        };
        Walk(device, queries, keys, parameters with
        {
            RowScore = query,
            RowGradient = outputGradient,
            ScoreResult = queryGradient,
            RowsAreQueries = 1,
            Results = 1,
        }, key, value);
        Walk(device, keys, queries, parameters with
        {
            RowScore = key,
            RowGradient = value,
            ScoreResult = keyGradient,
            ProbabilityResult = valueGradient,
            Results = 2,
        }, query, outputGradient);
    }

    private static void Walk(
        GpuDevice device,
        in PackHeads.Sizes rows,
        in PackHeads.Sizes columns,
        Parameters parameters,
        GpuOperand columnScore,
        GpuOperand columnGradient)
    {
        var heads = rows.Batch * rows.Heads;
        parameters.Tiles = CoreTiles.Create(heads, rows.Tokens, rows.Channels, operands: 4);
        parameters.Rows = rows.Tokens;
        parameters.Columns = columns.Tokens;
        parameters.PanelLength = PackHeads.HeadLength(columns.Channels, columns.Tokens);
        parameters.FactorLength = PackHeads.HeadLength(columns.Tokens, columns.Channels);
        parameters.AllPanels = Check.Elements(heads, parameters.PanelLength);
        parameters.AllFactors = Check.Elements(heads, parameters.FactorLength);
        using var panels = device.Rent<float>(Check.Elements(2, parameters.AllPanels));
        using var factors = device.Rent<float>(Check.Elements(parameters.Results, parameters.AllFactors));
        parameters.Panels = device.View(panels.Span);
        parameters.Factors = device.View(factors.Span);
        PackHeads.Transpose(device, columnScore, columns, parameters.Scale * Log2E, panels.Span.Slice(0, parameters.AllPanels));
        PackHeads.Transpose(device, columnGradient, columns, 1f, panels.Span.Slice(parameters.AllPanels, parameters.AllPanels));
        PackHeads.Copy(device, columnScore, columns, factors.Span.Slice(0, parameters.AllFactors));
        if (parameters.Results > 1)
        {
            PackHeads.Copy(device, columnGradient, columns, factors.Span.Slice(parameters.AllFactors, parameters.AllFactors));
        }

        device.Launch(
            Kernel,
            new Index3D((rows.Tokens + parameters.Tiles.Rows - 1) / parameters.Tiles.Rows, heads, 1),
            new Index3D(1, 1, 1),
            parameters);
    }

    internal static void Sum(Parameters p)
    {
        // First the probabilities, then the score gradients.
        var weights = SharedMemory.Allocate<float>(2 * CoreTiles.TileRows * CoreTiles.MaximumBlock);
        var products = SharedMemory.Allocate<float>(CoreTiles.TileRows * CoreTiles.MaximumColumns);
        var image = Grid.IdxY / p.Heads;
        var head = Grid.IdxY - (image * p.Heads);
        var firstRow = Grid.IdxX * p.Tiles.Rows;
        var endRow = IntrinsicMath.Min(firstRow + p.Tiles.Rows, p.Rows);
        var gradients = CoreTiles.TileRows * p.Tiles.ScorePitch;
        for (var firstColumn = 0; firstColumn < p.Columns; firstColumn += p.Tiles.BlockLength)
        {
            var columns = IntrinsicMath.Min(p.Tiles.BlockLength, p.Columns - firstColumn);
            var rows = 0;
            for (var row = firstRow; row < endRow; row += rows)
            {
                // Each of the last few rows becomes a tile of its own that holds it four times.
                var isWhole = endRow - row >= CoreTiles.TileRows;
                rows = isWhole ? CoreTiles.TileRows : 1;
                for (var product = 0; product < p.Products; product++)
                {
                    var left = product == 0 ? p.RowScore : p.RowGradient;
                    p.Tiles.Multiply(
                        left.Elements,
                        left.Index(image, head, row),
                        isWhole ? left.TokenStride : 0,
                        p.Panels,
                        (product * p.AllPanels) + (Grid.IdxY * p.PanelLength) + (firstColumn * p.Width),
                        p.Tiles.Wide * p.Width,
                        p.Width,
                        columns,
                        weights,
                        product * gradients,
                        p.Tiles.ScorePitch);
                }

                for (var i = 0; i < rows; i++)
                {
                    var first = i * p.Tiles.ScorePitch;
                    if (p.RowsAreQueries != 0)
                    {
                        var number = (Grid.IdxY * p.Rows) + row + i;
                        var exponent = p.LogSumExp[number] * Log2E;
                        var mean = p.Means[number];
                        for (var column = first; column < first + columns; column++)
                        {
                            var probability = GpuMath.Exp2(weights[column] - exponent);
                            weights[column] = probability;
                            weights[gradients + column] = probability * (weights[gradients + column] - mean) * p.Scale;
                        }
                    }
                    else
                    {
                        var number = (Grid.IdxY * p.Columns) + firstColumn - first;
                        for (var column = first; column < first + columns; column++)
                        {
                            var probability = GpuMath.Exp2(weights[column] - (p.LogSumExp[number + column] * Log2E));
                            weights[column] = probability;
                            weights[gradients + column] =
                                probability * (weights[gradients + column] - p.Means[number + column]) * p.Scale;
                        }
                    }
                }

                for (var which = 0; which < p.Results; which++)
                {
                    var result = which == 0 ? p.ScoreResult : p.ProbabilityResult;
                    for (var channel = 0; channel < p.Width; channel += p.Tiles.Wide)
                    {
                        var channels = IntrinsicMath.Min(p.Tiles.Wide, p.Width - channel);
                        var panelWidth = channels > p.Tiles.Narrow ? p.Tiles.Wide : p.Tiles.Narrow;
                        p.Tiles.Multiply(
                            weights,
                            which == 0 ? gradients : p.Zero,
                            isWhole ? p.Tiles.ScorePitch : 0,
                            p.Factors,
                            (which * p.AllFactors) + (Grid.IdxY * p.FactorLength) + (channel * p.Columns) + (firstColumn * panelWidth),
                            p.Zero,
                            columns,
                            channels,
                            products,
                            p.Zero,
                            p.Tiles.Wide);
                        for (var i = 0; i < rows; i++)
                        {
                            var index = result.Index(image, head, row + i) + channel;
                            CoreRows.Accumulate(products, i * p.Tiles.Wide, channels, result.Elements, index, 1f, firstColumn == 0);
                        }
                    }
                }
            }
        }
    }

    /// <summary>Rows are the tokens whose gradients are summed, columns those of the other side.</summary>
    internal struct Parameters
    {
        // What makes scores and what makes their gradients: query and output gradient, or key and value.
        public GpuOperand RowScore;
        public GpuOperand RowGradient;

        /// <summary>The columns' counterparts of both, transposed, the first of them scaled: [2][batch][heads][panels].</summary>
        public ArrayView<float> Panels;

        /// <summary>What score gradients multiply, then what probabilities do: [results][batch][heads][panels].</summary>
        public ArrayView<float> Factors;

        public GpuOperand ScoreResult;
        public GpuOperand ProbabilityResult;
        public ArrayView<float> LogSumExp;
        public ArrayView<float> Means;
        public int RowsAreQueries;
        public int Products;
        public int Results;
        public int PanelLength;
        public int FactorLength;
        public int AllPanels;
        public int AllFactors;
        public int Heads;
        public int Rows;
        public int Columns;
        public int Width;
        public float Scale;
        public CoreTiles Tiles;

        // Always 0, which the compiler must not know: see IColumns.
        public int Zero;
    }
}
