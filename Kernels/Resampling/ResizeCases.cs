using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Resampling;

internal static class ResizeCases
{
    /// <summary>Up and down, ratios that divide and that do not, one axis each way, size 1; with one, few and many channels.</summary>
    internal static readonly ResizeShape[] Shapes =
    [
        Shape(1, 1, 1, 1, 1, 1),
        Shape(1, 1, 1, 3, 2, 3),
        Shape(1, 5, 4, 1, 1, 3),
        Shape(1, 13, 11, 3, 2, 1),
        Shape(3, 3, 4, 7, 9, 3),
        Shape(3, 9, 7, 4, 3, 3),
        Shape(1, 4, 3, 8, 6, 17),
        Shape(1, 8, 6, 4, 3, 17),
        Shape(1, 5, 9, 8, 4, 1),
    ];

    private static readonly (ResizeMode Mode, ResizeShape Shape)[] Layers =
    [
        (ResizeMode.Nearest, Shape(8, 32, 32, 64, 64, 448)),
        (ResizeMode.Bilinear, Shape(4, 64, 64, 256, 256, 32)),
        (ResizeMode.BilinearAntialiased, Shape(4, 512, 512, 256, 256, 3)),
        (ResizeMode.Area, Shape(8, 64, 64, 32, 32, 224)),
    ];

    public static IEnumerable<OperationCase> Forward()
    {
        foreach (var mode in Enum.GetValues<ResizeMode>())
        {
            foreach (var shape in Shapes)
            {
                yield return Forward(mode, shape, CaseScale.Tiny);
            }

            yield return Forward(mode, Shape(2, 61, 47, 37, 90, 32), CaseScale.Small);
        }

        foreach (var (mode, shape) in Layers)
        {
            yield return Forward(mode, shape, CaseScale.Benchmark);
        }
    }

    public static IEnumerable<OperationCase> Backward()
    {
        foreach (var mode in Enum.GetValues<ResizeMode>())
        {
            foreach (var shape in Shapes)
            {
                yield return Backward(mode, shape, CaseScale.Tiny);
            }

            yield return Backward(mode, Shape(2, 61, 47, 37, 90, 4), CaseScale.Small);
        }

        foreach (var (mode, shape) in Layers)
        {
            yield return Backward(mode, shape, CaseScale.Benchmark);
        }
    }

    /// <summary>How much of input pixel <paramref name="pixel"/> is in output pixel <paramref name="index"/>, from the definitions.</summary>
    internal static double Weight(ResizeMode mode, int input, int output, int index, int pixel)
    {
        var ratio = (double)input / output;
        var centre = (index + 0.5) * ratio;
        switch (mode)
        {
            case ResizeMode.Nearest:
                return pixel == (long)index * input / output ? 1 : 0;
            case ResizeMode.NearestCenter:
                return pixel == ((2L * index) + 1) * input / (2 * output) ? 1 : 0;
            case ResizeMode.Bilinear:
                var position = Math.Max(0, centre - 0.5);
                var lower = Math.Min((int)position, input - 1);
                var fraction = position - lower;
                return (pixel == lower ? 1 - fraction : 0) + (pixel == Math.Min(lower + 1, input - 1) ? fraction : 0);
            case ResizeMode.BilinearAntialiased:
                var support = Math.Max(1, ratio);
                double Triangle(int j) => Math.Max(0, 1 - (Math.Abs(j + 0.5 - centre) / support));
                var weight = Triangle(pixel);
                if (weight == 0)
                {
                    return 0;
                }

                var total = 0.0;
                for (var j = Math.Max(0, (int)(centre - support) - 1); j < Math.Min(input, (int)(centre + support) + 2); j++)
                {
                    total += Triangle(j);
                }

                return weight / total;
            default:
                var first = (long)index * input / output;
                var end = (((index + 1L) * input) + output - 1) / output;
                return pixel >= first && pixel < end ? 1.0 / (end - first) : 0;
        }
    }

    internal static ResizeShape Shape(int batch, int inputHeight, int inputWidth, int outputHeight, int outputWidth, int channels) => new()
    {
        Batch = batch,
        InputHeight = inputHeight,
        InputWidth = inputWidth,
        OutputHeight = outputHeight,
        OutputWidth = outputWidth,
        Channels = channels,
    };

    // A window's weights are positive and their sum is 1; each is rounded three times, and a window of some 30 rows and columns is
    // summed row by row. The mean of the inputs keeps large windows from cancelling.
    private static Tolerance ToleranceOf(ResizeMode mode) =>
        mode is ResizeMode.Nearest or ResizeMode.NearestCenter ? Tolerance.Exact : Tolerance.Sum(2e-6);

    private static OperationCase Forward(ResizeMode mode, ResizeShape shape, CaseScale scale) => new()
    {
        Name = $"{mode} {shape}",
        Operands =
        [
            Operand.Input("input", shape.InputLength, Fills.Normal(1, 1)).ForEachImage(),
            Operand.Output("output", shape.OutputLength).ForEachImage(),
        ],
        Launch = (device, operands) => ResamplingOperations.Resize.Launch(device, new ResizeArguments
        {
            Input = operands.Single("input"),
            Output = operands.Single("output"),
            Shape = shape,
            Mode = mode,
        }),
        Reference = CaseReference.Elements((values, _, i) =>
        {
            var (image, row, column, channel) = Position(i, shape.OutputHeight, shape.OutputWidth, shape.Channels);
            var sum = 0.0;
            for (var y = 0; y < shape.InputHeight; y++)
            {
                var rowWeight = Weight(mode, shape.InputHeight, shape.OutputHeight, row, y);
                for (var x = 0; rowWeight != 0 && x < shape.InputWidth; x++)
                {
                    var weight = Weight(mode, shape.InputWidth, shape.OutputWidth, column, x);
                    sum += weight == 0 ? 0 : rowWeight * weight
                        * values["input"][(((((image * shape.InputHeight) + y) * shape.InputWidth) + x) * shape.Channels) + channel];
                }
            }

            return sum;
        }),
        Tolerance = ToleranceOf(mode),
        Scale = scale,
        Batch = shape.Batch,
        AtBatch = shape.Batch == 3 ? batch => Forward(mode, shape with { Batch = batch }, scale) : null,
    };

    private static OperationCase Backward(ResizeMode mode, ResizeShape shape, CaseScale scale) => new()
    {
        Name = $"{mode} {shape}",
        Operands =
        [
            Operand.Input("input", shape.InputLength, Fills.Normal(1, 1)).ForEachImage(),
            Operand.Input("outputGradient", shape.OutputLength, Fills.Normal(1, 1)).ForEachImage(),
            Operand.Output("inputGradient", shape.InputLength).ForEachImage(),
        ],
        Launch = (device, operands) => ResamplingOperations.ResizeBackward.Launch(device, new ResizeBackwardArguments
        {
            OutputGradient = operands.Single("outputGradient"),
            InputGradient = operands.Single("inputGradient"),
            Shape = shape,
            Mode = mode,
        }),
        Reference = CaseReference.Elements((values, _, i) =>
        {
            var (image, row, column, channel) = Position(i, shape.InputHeight, shape.InputWidth, shape.Channels);
            var sum = 0.0;
            for (var y = 0; y < shape.OutputHeight; y++)
            {
                var rowWeight = Weight(mode, shape.InputHeight, shape.OutputHeight, y, row);
                for (var x = 0; rowWeight != 0 && x < shape.OutputWidth; x++)
                {
                    sum += rowWeight * Weight(mode, shape.InputWidth, shape.OutputWidth, x, column)
                        * values["outputGradient"][(((((image * shape.OutputHeight) + y) * shape.OutputWidth) + x) * shape.Channels) + channel];
                }
            }

            return sum;
        }),
        Tolerance = Tolerance.Sum(2e-6),
        Scale = scale,
        Gradient = scale == CaseScale.Tiny
            ? new GradientCheck(Forward(mode, shape, scale), [("output", "outputGradient")], [("input", "inputGradient")])
            : null,
        Batch = shape.Batch,
        AtBatch = shape.Batch == 3 ? batch => Backward(mode, shape with { Batch = batch }, scale) : null,
    };

    /// <summary>The indices of an element of [batch, height, width, channels].</summary>
    internal static (int Image, int Row, int Column, int Channel) Position(int index, int height, int width, int channels)
    {
        var pixel = index / channels;
        return (pixel / (height * width), pixel / width % height, pixel % width, index % channels);
    }
}
