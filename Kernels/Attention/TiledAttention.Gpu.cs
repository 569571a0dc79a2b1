using ILGPU;
using ILGPU.Runtime;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Attention;

/// <summary>
/// Attention for CPUs behind OpenCL, with a running maximum and sum over blocks of keys (Milakov and Gimelshein, "Online normalizer
/// calculation for softmax"): a thread is a core, which holds a tile of scores or of output in its vector registers.
/// </summary>
internal static class TiledAttention
{
    private const float Log2E = 1.44269504f;
    private const float Ln2 = 0.693147181f;

    private static readonly GpuKernel<Parameters> Kernel = new(Attend);

    public static GpuVariant<AttentionArguments> Variant { get; } = new(
        "tiled",
        Launch,
        [Kernel, .. PackHeads.Kernels],
        preferredOn: DeviceClass.OpenClCpu | DeviceClass.Simulator,
        runsOn: DeviceClass.OpenClCpu | DeviceClass.Simulator);

    private static void Launch(GpuDevice device, in AttentionArguments arguments)
    {
        var heads = arguments.Batch * arguments.Heads;
        var tiles = CoreTiles.Create(heads, arguments.Queries, arguments.HeadWidth, operands: 2);
        var size = new PackHeads.Sizes(arguments.Batch, arguments.Heads, arguments.Keys, arguments.HeadWidth);
        var keyLength = PackHeads.HeadLength(arguments.HeadWidth, arguments.Keys);
        var valueLength = PackHeads.HeadLength(arguments.Keys, arguments.HeadWidth);
        using var keys = device.Rent<float>(Check.Elements(heads, keyLength));
        using var values = device.Rent<float>(Check.Elements(heads, valueLength));
        var key = GpuOperand.Create(device, arguments.Key, arguments.KeyLayout);
        var value = GpuOperand.Create(device, arguments.Value, arguments.ValueLayout);
        PackHeads.Transpose(device, key, size, arguments.Scale * Log2E, keys.Span);
        PackHeads.Copy(device, value, size, values.Span);
        device.Launch(
            Kernel,
            new Index3D((arguments.Queries + tiles.Rows - 1) / tiles.Rows, heads, 1),
            new Index3D(1, 1, 1),
            new Parameters
            {
                Query = GpuOperand.Create(device, arguments.Query, arguments.QueryLayout),
                Output = GpuOperand.Create(device, arguments.Output, arguments.OutputLayout),
                Keys = device.View(keys.Span),
                Values = device.View(values.Span),
                LogSumExp = device.View(arguments.LogSumExp),
                HasLogSumExp = arguments.LogSumExp.IsAbsent ? 0 : 1,
                KeyLength = keyLength,
                ValueLength = valueLength,
                HeadCount = arguments.Heads,
                QueryCount = arguments.Queries,
                KeyCount = arguments.Keys,
                Width = arguments.HeadWidth,
                Tiles = tiles,
            });
    }

    internal static void Attend(Parameters p)
    {
        var scores = SharedMemory.Allocate<float>(CoreTiles.TileRows * CoreTiles.MaximumBlock);
        var products = SharedMemory.Allocate<float>(CoreTiles.TileRows * CoreTiles.MaximumColumns);
        var maxima = SharedMemory.Allocate<float>(CoreTiles.MaximumRows);
        var sums = SharedMemory.Allocate<float>(CoreTiles.MaximumRows);
        var factors = SharedMemory.Allocate<float>(CoreTiles.TileRows);
        var image = Grid.IdxY / p.HeadCount;
        var head = Grid.IdxY - (image * p.HeadCount);
        var firstRow = Grid.IdxX * p.Tiles.Rows;
        var rowCount = IntrinsicMath.Min(p.Tiles.Rows, p.QueryCount - firstRow);
        for (var row = 0; row < rowCount; row++)
        {
            maxima[row] = float.NegativeInfinity;
            sums[row] = 0f;
        }

        for (var firstKey = 0; firstKey < p.KeyCount; firstKey += p.Tiles.BlockLength)
        {
            var keys = IntrinsicMath.Min(p.Tiles.BlockLength, p.KeyCount - firstKey);
            var keyPanel = (Grid.IdxY * p.KeyLength) + (firstKey * p.Width);
            var rows = 0;
            for (var row = 0; row < rowCount; row += rows)
            {
                // Each of the last few rows becomes a tile of its own that holds it four times.
                var isWhole = rowCount - row >= CoreTiles.TileRows;
                rows = isWhole ? CoreTiles.TileRows : 1;
                var query = p.Query.Index(image, head, firstRow + row);
                p.Tiles.Multiply(
                    p.Query.Elements,
                    query,
                    isWhole ? p.Query.TokenStride : 0,
                    p.Keys,
                    keyPanel,
                    p.Tiles.Wide * p.Width,
                    p.Width,
                    keys,
                    scores,
                    p.Zero,
                    p.Tiles.ScorePitch);

                for (var i = 0; i < rows; i++)
                {
                    var first = i * p.Tiles.ScorePitch;
                    var before = maxima[row + i];
                    var maximum = CoreRows.Maximum(scores, first, keys, before);
                    var factor = GpuMath.Exp2(before - maximum);
                    maxima[row + i] = maximum;
                    factors[i] = factor;
                    sums[row + i] = (sums[row + i] * factor) + CoreRows.Exponentiate(scores, first, keys, maximum);
                }

                for (var channel = 0; channel < p.Width; channel += p.Tiles.Wide)
                {
                    var channels = IntrinsicMath.Min(p.Tiles.Wide, p.Width - channel);
                    var panelWidth = channels > p.Tiles.Narrow ? p.Tiles.Wide : p.Tiles.Narrow;
                    p.Tiles.Multiply(
                        scores,
                        p.Zero,
                        isWhole ? p.Tiles.ScorePitch : 0,
                        p.Values,
                        (Grid.IdxY * p.ValueLength) + (channel * p.KeyCount) + (firstKey * panelWidth),
                        p.Zero,
                        keys,
                        channels,
                        products,
                        p.Zero,
                        p.Tiles.Wide);
                    for (var i = 0; i < rows; i++)
                    {
                        var output = p.Output.Index(image, head, firstRow + row + i) + channel;
                        CoreRows.Accumulate(products, i * p.Tiles.Wide, channels, p.Output.Elements, output, factors[i], firstKey == 0);
                    }
                }
            }
        }

        for (var row = 0; row < rowCount; row++)
        {
            CoreRows.Scale(p.Output.Elements, p.Output.Index(image, head, firstRow + row), p.Width, 1f / sums[row]);
            if (p.HasLogSumExp != 0)
            {
                p.LogSumExp[(Grid.IdxY * p.QueryCount) + firstRow + row] = (maxima[row] * Ln2) + GpuMath.Log(sums[row]);
            }
        }
    }

    internal struct Parameters
    {
        public GpuOperand Query;
        public GpuOperand Output;
        public ArrayView<float> Keys;
        public ArrayView<float> Values;
        public ArrayView<float> LogSumExp;
        public int HasLogSumExp;
        public int KeyLength;
        public int ValueLength;
        public int HeadCount;
        public int QueryCount;
        public int KeyCount;
        public int Width;
        public CoreTiles Tiles;

        // Always 0, which the compiler must not know: see IColumns.
        public int Zero;
    }
}
