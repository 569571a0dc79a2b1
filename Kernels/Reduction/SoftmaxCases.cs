using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Reduction;

/// <summary>Softmax, log-softmax and their gradients.</summary>
internal sealed class SoftmaxCases(
    bool isLogarithm, Func<Operation<SoftmaxArguments>> forward, Func<Operation<SoftmaxBackwardArguments>> backward)
{
    /// <summary>
    /// The difference from the maximum, up to some 30, is rounded before the exponential, which turns half a unit of its last place into a
    /// relative error of 1e-6; the logarithm's result has the error itself.
    /// </summary>
    private Tolerance ForwardTolerance => isLogarithm ? new Tolerance(OfMaximum: 3e-7, Absolute: 1e-6) : Tolerance.Element(4e-6);

    public static IEnumerable<OperationCase> Softmax() => ForSoftmax.Forward();

    public static IEnumerable<OperationCase> SoftmaxBackward() => ForSoftmax.Backward();

    public static IEnumerable<OperationCase> LogSoftmax() => ForLogSoftmax.Forward();

    public static IEnumerable<OperationCase> LogSoftmaxBackward() => ForLogSoftmax.Backward();

    private static SoftmaxCases ForSoftmax =>
        new(false, () => ReductionOperations.Softmax, () => ReductionOperations.SoftmaxBackward);

    private static SoftmaxCases ForLogSoftmax =>
        new(true, () => ReductionOperations.LogSoftmax, () => ReductionOperations.LogSoftmaxBackward);

    private IEnumerable<OperationCase> Forward()
    {
        foreach (var (rows, columns, scale) in new[]
        {
            (1, 1, CaseScale.Tiny),
            (5, 2, CaseScale.Tiny),
            (37, 3, CaseScale.Tiny),
            (3, 19, CaseScale.Tiny),
            (2, 131, CaseScale.Tiny),
            (2, 1031, CaseScale.Tiny),
            (300, 64, CaseScale.Small),
            (3, 5000, CaseScale.Small),
            (8 * 65536, 19, CaseScale.Benchmark),
            (8192, 1024, CaseScale.Benchmark),
        })
        {
            yield return Forward("", rows, columns, Fills.Normal(0, 3), scale);
        }

        yield return Forward(" far from zero", 3, 37, Fills.Uniform(900, 910), CaseScale.Tiny);
        yield return Forward(" far below zero", 3, 37, Fills.Uniform(-910, -900), CaseScale.Tiny);
        yield return Forward(" masked", 5, 37, Some(3, double.NegativeInfinity), CaseScale.Tiny);
        yield return Forward(" masked but one", 3, 2, Fills.Values(double.NegativeInfinity, 2), CaseScale.Tiny);
        yield return Forward(" masked entirely", 2, 37, Fills.Constant(double.NegativeInfinity), CaseScale.Tiny);
        yield return Forward(" not a number", 7, 37, Some(100, double.NaN), CaseScale.Tiny);
        yield return Forward(" in place", 3, 37, Fills.Normal(0, 3), CaseScale.Tiny, inPlace: true);
    }

    private IEnumerable<OperationCase> Backward()
    {
        foreach (var (rows, columns) in new[] { (1, 1), (5, 2), (7, 3), (3, 19), (2, 37) })
        {
            yield return Backward(rows, columns, CaseScale.Tiny);
        }

        yield return Backward(2, 1031, CaseScale.Small);
        yield return Backward(300, 64, CaseScale.Small);
        yield return Backward(3, 5000, CaseScale.Small);
        yield return Backward(8 * 65536, 19, CaseScale.Benchmark);
        yield return Backward(8192, 1024, CaseScale.Benchmark);
    }

    private OperationCase Forward(string suffix, int rows, int columns, Fill fill, CaseScale scale, bool inPlace = false)
    {
        var input = inPlace ? "output" : "input";
        return new OperationCase
        {
            Name = $"{rows}x{columns}{suffix}",
            Operands = inPlace
                ? [Operand.InputOutput(input, rows * columns, fill).ForEachImage()]
                : [
                    Operand.Input(input, rows * columns, fill).ForEachImage(),
                    Operand.Output("output", rows * columns).ForEachImage(),
                ],
            Launch = (device, operands) => forward().Launch(device, new SoftmaxArguments
            {
                Input = operands.Single(input),
                Output = operands.Single("output"),
                Rows = rows,
                Columns = columns,
            }),
            Reference = CaseReference.Elements((values, _, i) => Element(values[input], i, columns)),
            Tolerance = ForwardTolerance,
            Scale = scale,
            Batch = rows,
            AtBatch = rows > 1 && scale != CaseScale.Benchmark ? batch => Forward(suffix, batch, columns, fill, scale, inPlace) : null,
        };
    }

    private OperationCase Backward(int rows, int columns, CaseScale scale)
    {
        var check = scale == CaseScale.Tiny
            ? new GradientCheck(
                Forward("", rows, columns, Fills.Normal(), scale), [("output", "outputGradient")], [("input", "inputGradient")])
            : null;
        return new OperationCase
        {
            Name = $"{rows}x{columns}",
            Operands =
            [
                Operand.Input("input", rows * columns, Fills.Normal()).ForEachImage(),
                Operand.Input("output", rows * columns, Fills.Derived(values => Whole(values["input"], columns))).ForEachImage(),
                Operand.Input("outputGradient", rows * columns, Fills.Normal()).ForEachImage(),
                Operand.Output("inputGradient", rows * columns).ForEachImage(),
            ],
            Launch = (device, spans) => backward().Launch(device, new SoftmaxBackwardArguments
            {
                Output = spans.Single("output"),
                OutputGradient = spans.Single("outputGradient"),
                InputGradient = spans.Single("inputGradient"),
                Rows = rows,
                Columns = columns,
            }),
            Reference = CaseReference.Elements((values, _, i) =>
            {
                var (y, dy) = (values["output"], values["outputGradient"]);
                var start = i / columns * columns;
                var sum = 0.0;
                for (var c = start; c < start + columns; c++)
                {
                    sum += isLogarithm ? dy[c] : y[c] * dy[c];
                }

                return isLogarithm ? dy[i] - (Math.Exp(y[i]) * sum) : y[i] * (dy[i] - sum);
            }),

            // The saved output is rounded to fp32, and a row of one cancels to zero.
            Tolerance = new Tolerance(OfMaximum: 1e-6, Absolute: 5e-7),
            Gradient = check,
            Scale = scale,
            Batch = rows,
            AtBatch = rows > 1 && scale != CaseScale.Benchmark ? batch => Backward(batch, columns, scale) : null,
        };
    }

    private double[] Whole(double[] input, int columns)
    {
        var output = new double[input.Length];
        for (var start = 0; start < input.Length; start += columns)
        {
            var row = input.AsSpan(start, columns);
            var (maximum, sum) = MaximumAndSum(row);
            for (var c = 0; c < columns; c++)
            {
                output[start + c] = isLogarithm ? row[c] - maximum - Math.Log(sum) : Math.Exp(row[c] - maximum) / sum;
            }
        }

        return output;
    }

    private double Element(double[] input, int index, int columns)
    {
        var (maximum, sum) = MaximumAndSum(input.AsSpan(index / columns * columns, columns));
        return isLogarithm ? input[index] - maximum - Math.Log(sum) : Math.Exp(input[index] - maximum) / sum;
    }

    private static (double Maximum, double Sum) MaximumAndSum(ReadOnlySpan<double> row)
    {
        var maximum = double.NegativeInfinity;
        foreach (var value in row)
        {
            maximum = Math.Max(maximum, value);
        }

        var sum = 0.0;
        foreach (var value in row)
        {
            sum += Math.Exp(value - maximum);
        }

        return (maximum, sum);
    }

    /// <summary>Normal values, every <paramref name="period"/>-th replaced.</summary>
    private static Fill Some(int period, double value) => (values, random, destination) =>
    {
        Fills.Normal(0, 3)(values, random, destination);
        for (var i = period / 2; i < destination.Length; i += period)
        {
            destination[i] = value;
        }
    };
}
