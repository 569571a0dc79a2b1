using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>The cases of the gated GELU.</summary>
internal static class GegluCases
{
    private static readonly (int Rows, int Channels)[] TinyShapes = [(1, 1), (5, 37), (3, 257), (40, 3)];

    public static IEnumerable<OperationCase> Forward(Func<Operation<GegluArguments>> operation)
    {
        foreach (var (rows, channels) in TinyShapes)
        {
            yield return Forward(operation, rows, channels);
        }

        yield return Extreme(Forward(operation, 4, 5), 3e38);
        yield return Forward(operation, 150, 301) with { Scale = CaseScale.Small };
        yield return Forward(operation, 1024, 1792) with { Scale = CaseScale.Benchmark };
    }

    public static IEnumerable<OperationCase> Backward(Func<Operation<GegluBackwardArguments>> operation)
    {
        foreach (var (rows, channels) in TinyShapes)
        {
            var forward = Forward(() => PointwiseOperations.Geglu, rows, channels);
            var backward = Backward(operation, rows, channels);
            var isChecked = rows * channels < 200;
            yield return isChecked
                ? backward with { Gradient = new GradientCheck(forward, [("output", "outputGradient")], [("input", "inputGradient")]) }
                : backward;
        }


        // Times the output gradient, still a float.
        yield return Extreme(Backward(operation, 4, 5), 1e37);
        yield return Backward(operation, 150, 301) with { Scale = CaseScale.Small };
        yield return Backward(operation, 1024, 1792) with { Scale = CaseScale.Benchmark };
    }

    /// <summary>Values and gates far out, where the error function has saturated and squares overflow, and both zeros.</summary>
    private static OperationCase Extreme(OperationCase operationCase, double largest) => operationCase with
    {
        Name = operationCase.Name + " extreme",
        Operands =
        [
            Operand.Input(
                "input",
                operationCase.Operands[0].Length,
                Fills.Values(1, -1e4, 3, 1e4, -0.0, 1e4, -1e4, 1e20, -1e20, largest, -largest, 0, 10, -10, 6, -6, 1e-38)),
            .. operationCase.Operands.Skip(1),
        ],
    };

    private static OperationCase Forward(Func<Operation<GegluArguments>> operation, int rows, int channels) => new()
    {
        Name = $"{rows}x{channels}",
        Operands =
        [
            Operand.Input("input", rows * 2 * channels, Fills.Normal(0, 2)),
            Operand.Output("output", rows * channels),
        ],
        Launch = (device, operands) => operation().Launch(device, new GegluArguments
        {
            Input = operands.Single("input"),
            Output = operands.Single("output"),
            Rows = rows,
            Channels = channels,
        }),
        Reference = CaseReference.Elements((values, _, i) =>
        {
            var value = (i / channels * 2 * channels) + (i % channels);
            return values["input"][value] * Gelu.Reference(values["input"][value + channels], 0, 0);
        }),
        Tolerance = Tolerance.Element(2e-6, 1e-6),
    };

    private static OperationCase Backward(Func<Operation<GegluBackwardArguments>> operation, int rows, int channels) => new()
    {
        Name = $"{rows}x{channels}",
        Operands =
        [
            Operand.Input("input", rows * 2 * channels, Fills.Normal(0, 2)),
            Operand.Input("outputGradient", rows * channels, Fills.Normal()),
            Operand.Output("inputGradient", rows * 2 * channels),
        ],
        Launch = (device, operands) => operation().Launch(device, new GegluBackwardArguments
        {
            Input = operands.Single("input"),
            OutputGradient = operands.Single("outputGradient"),
            InputGradient = operands.Single("inputGradient"),
            Rows = rows,
            Channels = channels,
        }),
        Reference = CaseReference.Elements((values, _, i) =>
        {
            var (row, column) = (i / (2 * channels), i % (2 * channels));
            var input = values["input"];
            var start = row * 2 * channels;
            var dy = values["outputGradient"][(row * channels) + (column % channels)];
            return column < channels
                ? dy * Gelu.Reference(input[start + channels + column], 0, 0)
                : dy * input[start + column - channels] * Gelu.ReferenceDerivative(input[start + column], 0, 0);
        }),

        // The derivative cancels near its zero at -0.75, where value and output gradient scale its rounding.
        Tolerance = Tolerance.Element(4e-6, 5e-6),
    };
}
