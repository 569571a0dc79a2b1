namespace KernelDiff.Engine.Tests.Training;

/// <summary>LPIPS on VGG-16 for one picture, written down as the paper (Zhang et al., 2018) states it, in double precision.</summary>
internal sealed class VggReference(IReadOnlyDictionary<string, float[]> weights, bool weighsChannels)
{
    private static readonly double[] Shift = [-0.030, -0.088, -0.188];
    private static readonly double[] Deviation = [0.458, 0.448, 0.450];

    /// <summary>Channels at the five depths.</summary>
    public static int[] Widths { get; } = [64, 128, 256, 512, 512];

    /// <summary>torchvision's index of each convolution, and its channels.</summary>
    public static (int Index, int Width)[] Convolutions { get; } =
    [
        (0, 64), (2, 64), (5, 128), (7, 128), (10, 256), (12, 256), (14, 256), (17, 512), (19, 512), (21, 512), (24, 512), (26, 512), (28, 512),
    ];

    /// <param name="image">[height][width][3] of a square picture, in [-1, 1].</param>
    /// <param name="truth">The same.</param>
    public double Distance(double[] image, double[] truth)
    {
        var (shown, wanted) = (Features(image), Features(truth));
        var distance = 0.0;
        for (var depth = 0; depth < Widths.Length; depth++)
        {
            var width = Widths[depth];
            var channelWeights = weighsChannels ? weights[$"lin{depth}.model.1.weight"] : null;
            var pixels = shown[depth].Length / width;
            for (var pixel = 0; pixel < pixels; pixel++)
            {
                var (a, b) = (Unit(shown[depth], pixel, width), Unit(wanted[depth], pixel, width));
                for (var channel = 0; channel < width; channel++)
                {
                    distance += (channelWeights?[channel] ?? 1.0) * Math.Pow(a[channel] - b[channel], 2) / pixels;
                }
            }
        }

        return distance;
    }

    private static double[] Unit(double[] features, int pixel, int width)
    {
        var row = features.AsSpan(pixel * width, width).ToArray();
        var norm = Math.Sqrt(row.Sum(value => value * value));
        return norm == 0 ? row : Array.ConvertAll(row, value => value / norm);
    }

    /// <summary>Outputs of the ReLUs before each pooling, and of the last one.</summary>
    private List<double[]> Features(double[] picture)
    {
        var edge = (int)Math.Sqrt(picture.Length / 3);
        var hidden = picture.Select((value, index) => (value - Shift[index % 3]) / Deviation[index % 3]).ToArray();
        var features = new List<double[]>();
        for (var i = 0; i < Convolutions.Length; i++)
        {
            var (index, width) = Convolutions[i];
            hidden = Convolve(hidden, edge, weights[$"features.{index}.weight"], weights[$"features.{index}.bias"]);
            var isLastOfBlock = i + 1 == Convolutions.Length || Convolutions[i + 1].Index > index + 2;
            if (isLastOfBlock)
            {
                features.Add(hidden);
                hidden = Pool(hidden, edge, width);
                edge /= 2;
            }
        }

        return features;
    }

    /// <summary>3 x 3 with zeros around, then ReLU; weights [out][in][3][3].</summary>
    private static double[] Convolve(double[] input, int edge, float[] kernel, float[] bias)
    {
        var (outputs, inputs) = (bias.Length, input.Length / (edge * edge));
        var result = new double[edge * edge * outputs];
        for (var target = 0; target < result.Length; target++)
        {
            var (y, x, output) = (target / outputs / edge, target / outputs % edge, target % outputs);
            double sum = bias[output];
            for (var tap = 0; tap < 9; tap++)
            {
                var (row, column) = (y + (tap / 3) - 1, x + (tap % 3) - 1);
                if (row >= 0 && row < edge && column >= 0 && column < edge)
                {
                    var source = ((row * edge) + column) * inputs;
                    for (var channel = 0; channel < inputs; channel++)
                    {
                        sum += input[source + channel] * kernel[(((output * inputs) + channel) * 9) + tap];
                    }
                }
            }

            result[target] = Math.Max(0, sum);
        }

        return result;
    }

    private static double[] Pool(double[] input, int edge, int width)
    {
        var half = edge / 2;
        var result = new double[half * half * width];
        for (var target = 0; target < result.Length; target++)
        {
            var (y, x, channel) = (target / width / half, target / width % half, target % width);
            result[target] = Enumerable.Range(0, 4).Max(i => input[(((((2 * y) + (i / 2)) * edge) + (2 * x) + (i % 2)) * width) + channel]);
        }

        return result;
    }
}
