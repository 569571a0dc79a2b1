using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Pointwise;

internal static class UnaryCases
{
    /// <summary>Ragged lengths: a lone element, a part of a vector, more than one work item.</summary>
    public static IEnumerable<OperationCase> Forward(
        Func<Operation<UnaryArguments>> operation, Func<double, double> function, Fill fill, Tolerance tolerance)
    {
        foreach (var (length, scale) in new[]
        {
            (1, CaseScale.Tiny), (37, CaseScale.Tiny), (1000, CaseScale.Tiny), (40003, CaseScale.Small), (1 << 22, CaseScale.Benchmark),
        })
        {
            yield return Forward(operation, function, fill, tolerance, length, scale);
        }
    }

    public static IEnumerable<OperationCase> Backward(
        Func<Operation<UnaryBackwardArguments>> operation,
        Func<Operation<UnaryArguments>> forward,
        Func<double, double> function,
        Fill fill,
        Tolerance tolerance)
    {
        foreach (var length in new[] { 1, 37, 300 })
        {
            var check = new GradientCheck(
                Forward(forward, function, fill, tolerance, length, CaseScale.Tiny),
                [("output", "outputGradient")],
                [("input", "inputGradient")]);
            yield return new OperationCase
            {
                Name = $"{length}",
                Operands =
                [
                    Operand.Input("input", length, fill),
                    Operand.Input("outputGradient", length, Fills.Normal()),
                    Operand.Output("inputGradient", length),
                ],
                Launch = (device, operands) => operation().Launch(device, new UnaryBackwardArguments
                {
                    Input = operands.Single("input"),
                    OutputGradient = operands.Single("outputGradient"),
                    InputGradient = operands.Single("inputGradient"),
                }),
                Reference = CaseReference.OfGradient(check),
                Gradient = check,
                Tolerance = tolerance,
            };
        }
    }

    private static OperationCase Forward(
        Func<Operation<UnaryArguments>> operation,
        Func<double, double> function,
        Fill fill,
        Tolerance tolerance,
        int length,
        CaseScale scale) => new()
        {
            Name = $"{length}",
            Operands = [Operand.Input("input", length, fill), Operand.Output("output", length)],
            Launch = (device, operands) => operation().Launch(device, new UnaryArguments
            {
                Input = operands.Single("input"),
                Output = operands.Single("output"),
            }),
            Reference = CaseReference.Elements((values, _, index) => function(values["input"][index])),
            Tolerance = tolerance,
            Scale = scale,
        };
}
