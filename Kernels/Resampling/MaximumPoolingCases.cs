using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Resampling;

internal static class MaximumPoolingCases
{
    private static readonly Fill NotNumbers =
        Fills.Values(1, double.NaN, double.NegativeInfinity, -0.0, 0, -2, double.PositiveInfinity, double.NegativeInfinity, 0, 3, -1);

    public static IEnumerable<OperationCase> Forward()
    {
        foreach (var shape in PoolingShapes.Tiny)
        {
            yield return Forward(shape, "distinct", Distinct, true, CaseScale.Tiny);
            yield return Forward(shape, "ties", Fills.Integers(0, 3), true, CaseScale.Tiny);
            yield return Forward(shape, "negative without indices", Fills.Uniform(-2, -1), false, CaseScale.Tiny);
            yield return Forward(shape, "zeros, infinities and NaN", NotNumbers, true, CaseScale.Tiny);
            yield return Forward(shape, "minus infinity", Fills.Constant(double.NegativeInfinity), true, CaseScale.Tiny);
        }

        yield return Forward(PoolingShapes.Small, "normal", Fills.Normal(), true, CaseScale.Small);
        yield return Forward(PoolingShapes.Halving, "normal", Fills.Normal(), true, CaseScale.Benchmark);
        yield return Forward(PoolingShapes.Overlapping, "normal", Fills.Normal(), false, CaseScale.Benchmark);
    }

    public static IEnumerable<OperationCase> Backward()
    {
        foreach (var shape in PoolingShapes.Tiny)
        {
            yield return Backward(shape, CaseScale.Tiny);
        }

        yield return Backward(PoolingShapes.Small, CaseScale.Small);
        yield return Backward(PoolingShapes.Halving, CaseScale.Benchmark);
        yield return Backward(PoolingShapes.Overlapping, CaseScale.Benchmark);
    }

    /// <summary>Values farther apart than the step of a finite difference, so that it changes no maximum.</summary>
    private static void Distinct(CaseValues values, Random random, Span<double> destination)
    {
        for (var i = 0; i < destination.Length; i++)
        {
            destination[i] = (i - (destination.Length / 2)) * 0.01;
        }

        random.Shuffle(destination);
    }

    /// <summary>Row · input width + column of the first maximum of the window of an output element, and its value.</summary>
    private static (int Index, double Value) Maximum(double[] input, PoolingShape shape, int element)
    {
        var (image, row, column, channel) = ResizeCases.Position(element, shape.OutputHeight, shape.OutputWidth, shape.Channels);
        var best = (Index: -1, Value: 0.0);
        for (var y = 0; y < shape.KernelHeight; y++)
        {
            for (var x = 0; x < shape.KernelWidth; x++)
            {
                var atRow = (row * shape.StrideHeight) - shape.PaddingHeight + y;
                var atColumn = (column * shape.StrideWidth) - shape.PaddingWidth + x;
                if (atRow < 0 || atRow >= shape.InputHeight || atColumn < 0 || atColumn >= shape.InputWidth)
                {
                    continue;
                }

                var index = (atRow * shape.InputWidth) + atColumn;
                var value = input[(((image * shape.InputHeight * shape.InputWidth) + index) * shape.Channels) + channel];
                if (best.Index < 0 || value > best.Value || (double.IsNaN(value) && !double.IsNaN(best.Value)))
                {
                    best = (index, value);
                }
            }
        }

        return best;
    }

    private static OperationCase Forward(PoolingShape shape, string name, Fill fill, bool indices, CaseScale scale)
    {
        var input = Operand.Input("input", shape.InputLength, fill).ForEachImage();
        var output = Operand.Output("output", shape.OutputLength).ForEachImage();
        return new OperationCase
        {
            Name = $"{shape} {name}",
            Operands = indices
                ? [input, output, Operand.IntegerOutput("indices", shape.OutputLength).ForEachImage()]
                : [input, output],
            Launch = (device, operands) => ResamplingOperations.MaximumPooling.Launch(device, new MaximumPoolingArguments
            {
                Input = operands.Single("input"),
                Output = operands.Single("output"),
                Indices = operands.Integers("indices"),
                Shape = shape,
            }),
            Reference = CaseReference.Elements((values, operand, i) =>
            {
                var (index, value) = Maximum(values["input"], shape, i);
                return operand == "indices" ? index : value;
            }),
            Tolerance = Tolerance.Exact,
            Scale = scale,
            Batch = shape.Batch,
            AtBatch = shape.Batch == 3 ? batch => Forward(shape with { Batch = batch }, name, fill, indices, scale) : null,
        };
    }

    private static OperationCase Backward(PoolingShape shape, CaseScale scale) => new()
    {
        Name = $"{shape}",
        Operands =
        [
            Operand.Input("input", shape.InputLength, Distinct).ForEachImage(),
            Operand.Integers("indices", shape.OutputLength, Fills.Derived(values =>
                [.. Enumerable.Range(0, shape.OutputLength).Select(i => (double)Maximum(values["input"], shape, i).Index)])).ForEachImage(),
            Operand.Input("outputGradient", shape.OutputLength, Fills.Normal(1, 1)).ForEachImage(),
            Operand.Output("inputGradient", shape.InputLength).ForEachImage(),
        ],
        Launch = (device, operands) => ResamplingOperations.MaximumPoolingBackward.Launch(device, new MaximumPoolingBackwardArguments
        {
            OutputGradient = operands.Single("outputGradient"),
            Indices = operands.Integers("indices"),
            InputGradient = operands.Single("inputGradient"),
            Shape = shape,
        }),
        Reference = CaseReference.Elements((values, _, i) =>
        {
            var (image, row, column, channel) = ResizeCases.Position(i, shape.InputHeight, shape.InputWidth, shape.Channels);
            var sum = 0.0;
            for (var pixel = 0; pixel < shape.OutputHeight * shape.OutputWidth; pixel++)
            {
                var at = (((image * shape.OutputHeight * shape.OutputWidth) + pixel) * shape.Channels) + channel;
                sum += values["indices"][at] == (row * shape.InputWidth) + column ? values["outputGradient"][at] : 0;
            }

            return sum;
        }),

        // A sum of at most a dozen gradients.
        Tolerance = Tolerance.Sum(1e-6),
        Scale = scale,
        Gradient = scale == CaseScale.Tiny
            ? new GradientCheck(
                Forward(shape, "distinct", Distinct, true, scale), [("output", "outputGradient")], [("input", "inputGradient")])
            : null,
        Batch = shape.Batch,
        AtBatch = shape.Batch == 3 ? batch => Backward(shape with { Batch = batch }, scale) : null,
    };
}
