using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>The cases of the choice between two operands by a third.</summary>
internal static class WhereCases
{
    private static readonly (Shape4 Condition, Shape4 WhenTrue, Shape4 WhenFalse)[] Shapes =
    [
        (Shape4.Scalar, Shape4.Scalar, Shape4.Scalar),
        (Shape4.Of(301), Shape4.Of(301), Shape4.Of(301)),
        (Shape4.Of(2, 5, 1), Shape4.Of(2, 5, 7), Shape4.Of(2, 5, 7)),
        (Shape4.Of(2, 5, 37), Shape4.Of(37), Shape4.Scalar),
        (Shape4.Of(2, 5, 37), Shape4.Scalar, Shape4.Of(2, 1, 37)),
        (Shape4.Of(2, 1, 1), Shape4.Of(1, 5, 1), Shape4.Of(1, 1, 7)),
        (Shape4.Of(1, 5, 1), Shape4.Of(2, 5, 7), Shape4.Of(2, 1, 1)),
    ];

    /// <summary>Zeros of both signs, and what counts as true.</summary>
    private static Fill Conditions => Fills.Values(0, 1, 1, -0.0, double.NaN, 0, -2, 0, 0, 1e-30, 0);

    public static IEnumerable<OperationCase> Forward(Func<Operation<WhereArguments>> operation)
    {
        foreach (var shapes in Shapes)
        {
            yield return Forward(operation, shapes);
        }

        var small = Shape4.Of(40003);
        yield return Forward(operation, (small, small, small)) with { Scale = CaseScale.Small };
        var large = Shape4.Of(1 << 22);
        yield return Forward(operation, (large, large, large)) with { Scale = CaseScale.Benchmark };
    }

    public static IEnumerable<OperationCase> Backward(Func<Operation<WhereBackwardArguments>> operation)
    {
        foreach (var shapes in Shapes)
        {
            var (condition, whenTrue, whenFalse) = shapes;
            var shape = Output(shapes);
            var check = new GradientCheck(
                Forward(() => PointwiseOperations.Where, shapes),
                [("output", "outputGradient")],
                [("whenTrue", "whenTrueGradient"), ("whenFalse", "whenFalseGradient")]);
            yield return new OperationCase
            {
                Name = $"{condition} {whenTrue} {whenFalse}",
                Operands =
                [
                    Operand.Input("condition", condition.Elements, Conditions),
                    Operand.Input("whenTrue", whenTrue.Elements, Fills.Normal()),
                    Operand.Input("whenFalse", whenFalse.Elements, Fills.Normal()),
                    Operand.Input("outputGradient", shape.Elements, Fills.Normal()),
                    Operand.Output("whenTrueGradient", whenTrue.Elements),
                    Operand.Output("whenFalseGradient", whenFalse.Elements),
                ],
                Launch = (device, operands) => operation().Launch(device, new WhereBackwardArguments
                {
                    Condition = operands.Single("condition"),
                    OutputGradient = operands.Single("outputGradient"),
                    WhenTrueGradient = operands.Single("whenTrueGradient"),
                    WhenFalseGradient = operands.Single("whenFalseGradient"),
                    ConditionShape = condition,
                    WhenTrueShape = whenTrue,
                    WhenFalseShape = whenFalse,
                }),
                Reference = CaseReference.OfGradient(check),
                Gradient = check,
                Tolerance = new Tolerance(OfMaximum: 1e-6, Absolute: 3e-6),
            };
        }
    }

    private static Shape4 Output((Shape4 Condition, Shape4 WhenTrue, Shape4 WhenFalse) shapes) =>
        Shape4.Broadcast(shapes.Condition, Shape4.Broadcast(shapes.WhenTrue, shapes.WhenFalse));

    private static OperationCase Forward(
        Func<Operation<WhereArguments>> operation, (Shape4 Condition, Shape4 WhenTrue, Shape4 WhenFalse) shapes)
    {
        var (condition, whenTrue, whenFalse) = shapes;
        var shape = Output(shapes);
        return new OperationCase
        {
            Name = $"{condition} {whenTrue} {whenFalse}",
            Operands =
            [
                Operand.Input("condition", condition.Elements, Conditions),
                Operand.Input("whenTrue", whenTrue.Elements, Fills.Normal()),
                Operand.Input("whenFalse", whenFalse.Elements, Fills.Normal()),
                Operand.Output("output", shape.Elements),
            ],
            Launch = (device, operands) => operation().Launch(device, new WhereArguments
            {
                Condition = operands.Single("condition"),
                WhenTrue = operands.Single("whenTrue"),
                WhenFalse = operands.Single("whenFalse"),
                Output = operands.Single("output"),
                ConditionShape = condition,
                WhenTrueShape = whenTrue,
                WhenFalseShape = whenFalse,
            }),
            Reference = CaseReference.Elements((values, _, i) =>
                values["condition"][BinaryCases.IndexIn(condition, shape, i)] == 0
                    ? values["whenFalse"][BinaryCases.IndexIn(whenFalse, shape, i)]
                    : values["whenTrue"][BinaryCases.IndexIn(whenTrue, shape, i)]),
            Tolerance = Tolerance.Exact,
        };
    }
}
