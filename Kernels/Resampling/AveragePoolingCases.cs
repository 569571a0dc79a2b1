using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Resampling;

internal static class AveragePoolingCases
{
    /// <summary>A mean of at most some 40 elements of one sign on the whole, summed row by row.</summary>
    private static readonly Tolerance Rounding = Tolerance.Sum(1e-6);

    public static IEnumerable<OperationCase> Forward() => All(Forward);

    public static IEnumerable<OperationCase> Backward() => All(Backward);

    private static IEnumerable<OperationCase> All(Func<PoolingShape, bool, CaseScale, OperationCase> create)
    {
        foreach (var countPadding in new[] { false, true })
        {
            foreach (var shape in PoolingShapes.Tiny)
            {
                yield return create(shape, countPadding, CaseScale.Tiny);
            }
        }

        yield return create(PoolingShapes.Small, true, CaseScale.Small);
        yield return create(PoolingShapes.Halving, false, CaseScale.Benchmark);
        yield return create(PoolingShapes.Overlapping, true, CaseScale.Benchmark);
    }

    /// <summary>How much of input pixel <paramref name="pixel"/> is in output pixel <paramref name="index"/> of an axis.</summary>
    private static double Weight(int input, int kernel, int stride, int padding, bool countPadding, int index, int pixel)
    {
        var start = (index * stride) - padding;
        var counted = Enumerable.Range(start, kernel).Count(at =>
            countPadding ? at >= -padding && at < input + padding : at >= 0 && at < input);
        return pixel >= start && pixel < start + kernel ? 1.0 / counted : 0;
    }

    private static double RowWeight(in PoolingShape s, bool countPadding, int index, int pixel) =>
        Weight(s.InputHeight, s.KernelHeight, s.StrideHeight, s.PaddingHeight, countPadding, index, pixel);

    private static double ColumnWeight(in PoolingShape s, bool countPadding, int index, int pixel) =>
        Weight(s.InputWidth, s.KernelWidth, s.StrideWidth, s.PaddingWidth, countPadding, index, pixel);

    private static string Name(PoolingShape shape, bool countPadding) => $"{shape}{(countPadding ? " counted" : "")}";

    private static OperationCase Forward(PoolingShape shape, bool countPadding, CaseScale scale) => new()
    {
        Name = Name(shape, countPadding),
        Operands =
        [
            Operand.Input("input", shape.InputLength, Fills.Normal(1, 1)).ForEachImage(),
            Operand.Output("output", shape.OutputLength).ForEachImage(),
        ],
        Launch = (device, operands) => ResamplingOperations.AveragePooling.Launch(device, new AveragePoolingArguments
        {
            Input = operands.Single("input"),
            Output = operands.Single("output"),
            Shape = shape,
            CountPadding = countPadding,
        }),
        Reference = CaseReference.Elements((values, _, i) =>
        {
            var (image, row, column, channel) = ResizeCases.Position(i, shape.OutputHeight, shape.OutputWidth, shape.Channels);
            var sum = 0.0;
            for (var y = 0; y < shape.InputHeight; y++)
            {
                var weight = RowWeight(shape, countPadding, row, y);
                for (var x = 0; weight != 0 && x < shape.InputWidth; x++)
                {
                    sum += weight * ColumnWeight(shape, countPadding, column, x)
                        * values["input"][(((((image * shape.InputHeight) + y) * shape.InputWidth) + x) * shape.Channels) + channel];
                }
            }

            return sum;
        }),
        Tolerance = Rounding,
        Scale = scale,
        Batch = shape.Batch,
        AtBatch = shape.Batch == 3 ? batch => Forward(shape with { Batch = batch }, countPadding, scale) : null,
    };

    private static OperationCase Backward(PoolingShape shape, bool countPadding, CaseScale scale) => new()
    {
        Name = Name(shape, countPadding),
        Operands =
        [
            Operand.Input("input", shape.InputLength, Fills.Normal(1, 1)).ForEachImage(),
            Operand.Input("outputGradient", shape.OutputLength, Fills.Normal(1, 1)).ForEachImage(),
            Operand.Output("inputGradient", shape.InputLength).ForEachImage(),
        ],
        Launch = (device, operands) => ResamplingOperations.AveragePoolingBackward.Launch(device, new AveragePoolingBackwardArguments
        {
            OutputGradient = operands.Single("outputGradient"),
            InputGradient = operands.Single("inputGradient"),
            Shape = shape,
            CountPadding = countPadding,
        }),
        Reference = CaseReference.Elements((values, _, i) =>
        {
            var (image, row, column, channel) = ResizeCases.Position(i, shape.InputHeight, shape.InputWidth, shape.Channels);
            var sum = 0.0;
            for (var y = 0; y < shape.OutputHeight; y++)
            {
                var weight = RowWeight(shape, countPadding, y, row);
                for (var x = 0; weight != 0 && x < shape.OutputWidth; x++)
                {
                    sum += weight * ColumnWeight(shape, countPadding, x, column)
                        * values["outputGradient"][(((((image * shape.OutputHeight) + y) * shape.OutputWidth) + x) * shape.Channels) + channel];
                }
            }

            return sum;
        }),
        Tolerance = Rounding,
        Scale = scale,
        Gradient = scale == CaseScale.Tiny
            ? new GradientCheck(Forward(shape, countPadding, scale), [("output", "outputGradient")], [("input", "inputGradient")])
            : null,
        Batch = shape.Batch,
        AtBatch = shape.Batch == 3 ? batch => Backward(shape with { Batch = batch }, countPadding, scale) : null,
    };
}
