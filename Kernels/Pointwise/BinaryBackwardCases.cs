using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>Makes a backward contract from the operands of a case and the shapes.</summary>
internal delegate TArguments BinaryBackwardContract<TArguments>(CaseOperands operands, Shape4 leftShape, Shape4 rightShape);

/// <summary>A function of two operands for the backward cases.</summary>
/// <param name="Value">f.</param>
/// <param name="Left">df / dleft.</param>
/// <param name="Right">df / dright.</param>
/// <param name="LeftFill">Away from kinks.</param>
/// <param name="RightFill">Away from kinks, and from those that the left operand makes.</param>
internal sealed record BinaryDerivatives(
    BinaryReference Value, BinaryReference Left, BinaryReference Right, Fill LeftFill, Fill RightFill);

/// <summary>
/// The cases of gradients of two operands: every way of broadcasting, sums of one part, of several, of several levels of parts.
/// </summary>
internal static class BinaryBackwardCases
{
    private static readonly (Shape4 Left, Shape4 Right)[] TinyShapes =
    [
        (Shape4.Scalar, Shape4.Scalar),
        (Shape4.Of(67), Shape4.Of(67)),
        (Shape4.Of(3, 5, 37), Shape4.Of(37)),
        (Shape4.Of(3, 5, 37), Shape4.Of(3, 1, 37)),
        (Shape4.Of(3, 5, 37), Shape4.Of(3, 5, 1)),
        (Shape4.Of(2, 5, 7), Shape4.Of(2, 1, 1)),
        (Shape4.Of(2, 5, 7), Shape4.Of(5, 7)),
        (Shape4.Of(2, 5, 7), Shape4.Of(1, 5, 1)),
        (Shape4.Scalar, Shape4.Of(2, 5, 7)),
        (Shape4.Of(3, 1, 4), Shape4.Of(3, 7, 1)),
        (Shape4.Of(2, 1, 3, 1), Shape4.Of(1, 5, 1, 11)),
        (Shape4.Of(2, 5, 1, 7), Shape4.Of(2, 1, 3, 7)),
        (Shape4.Of(1, 2, 3, 1), Shape4.Of(5, 2, 3, 4)),
    ];

    private static readonly (Shape4 Left, Shape4 Right)[] SmallShapes =
    [
        (Shape4.Of(2, 700, 67), Shape4.Of(67)),
        (Shape4.Of(3, 1500, 33), Shape4.Of(3, 1, 33)),
        (Shape4.Of(2, 300, 67), Shape4.Of(2, 300, 1)),
        (Shape4.Of(3, 30001), Shape4.Of(3, 1)),
        (Shape4.Scalar, Shape4.Of(100003)),
        (Shape4.Of(7, 3000, 3), Shape4.Of(7, 1, 3)),
    ];

    /// <param name="operation">The operation under test.</param>
    /// <param name="contract">Makes its contract.</param>
    /// <param name="derivatives">What it computes.</param>
    public static IEnumerable<OperationCase> Backward<TArguments>(
        Func<Operation<TArguments>> operation,
        BinaryBackwardContract<TArguments> contract,
        BinaryDerivatives derivatives)
        where TArguments : struct, IOperationArguments
    {
        OperationCase Case((Shape4 Left, Shape4 Right) shapes, bool left = true, bool right = true) =>
            Create(operation, contract, derivatives, shapes, left, right);
        foreach (var shapes in TinyShapes)
        {
            yield return Case(shapes) with { Gradient = Check(derivatives, shapes) };
        }

        yield return Case(TinyShapes[2], right: false);
        yield return Case(TinyShapes[2], left: false);
        // A sum of nothing is zero, and an empty gradient is nothing.
        yield return Case((Shape4.Of(0, 3), Shape4.Of(1, 3)));
        yield return Case((Shape4.Scalar, Shape4.Of(2, 0, 5)));
        foreach (var shapes in SmallShapes)
        {
            yield return Case(shapes) with { Scale = CaseScale.Small };
        }

        yield return PerImage(Case, 5);
        yield return Case((Shape4.Of(4, 4096, 224), Shape4.Of(4, 1, 224)), left: false) with { Scale = CaseScale.Benchmark };
        yield return Case((Shape4.Of(65536, 64), Shape4.Of(65536, 1)), left: false) with { Scale = CaseScale.Benchmark };
        yield return Case((Shape4.Of(1 << 22), Shape4.Scalar), left: false) with { Scale = CaseScale.Benchmark };
    }

    /// <summary>A gradient for each image and channel.</summary>
    private static OperationCase PerImage(Func<(Shape4 Left, Shape4 Right), bool, bool, OperationCase> create, int images)
    {
        var operationCase = create((Shape4.Of(images, 600, 35), Shape4.Of(images, 1, 35)), true, true);
        return operationCase with
        {
            Name = operationCase.Name + " images",
            Scale = CaseScale.Small,
            Operands = [.. operationCase.Operands.Select(operand => operand.ForEachImage())],
            Batch = images,
            AtBatch = batch => PerImage(create, batch),
        };
    }

    private static OperationCase Create<TArguments>(
        Func<Operation<TArguments>> operation,
        BinaryBackwardContract<TArguments> contract,
        BinaryDerivatives derivatives,
        (Shape4 Left, Shape4 Right) shapes,
        bool wantsLeft,
        bool wantsRight)
        where TArguments : struct, IOperationArguments
    {
        var (left, right) = shapes;
        var shape = Shape4.Broadcast(left, right);
        List<Operand> operands =
        [
            Operand.Input("left", left.Elements, derivatives.LeftFill),
            Operand.Input("right", right.Elements, derivatives.RightFill),
            Operand.Input("outputGradient", shape.Elements, Fills.Normal()),
        ];
        if (wantsLeft)
        {
            operands.Add(Operand.Output("leftGradient", left.Elements));
        }

        if (wantsRight)
        {
            operands.Add(Operand.Output("rightGradient", right.Elements));
        }

        return new OperationCase
        {
            Name = $"{left} {right}{(wantsLeft ? "" : " right only")}{(wantsRight ? "" : " left only")}",
            Operands = operands,
            Launch = (device, found) => operation().Launch(device, contract(found, left, right)),
            Reference = CaseReference.Elements((values, output, index) => Gradient(
                values, output == "leftGradient" ? derivatives.Left : derivatives.Right, output == "leftGradient" ? left : right, index)),

            // The terms are of order one and cancel: the error is that of adding them, not relative to their sum.
            Tolerance = new Tolerance(OfMaximum: 1e-6, Absolute: 2e-6 * Math.Sqrt(TermsPerSum(shape, left, right))),
        };

        double Gradient(CaseValues values, BinaryReference derivative, Shape4 target, int index)
        {
            var sum = 0.0;
            foreach (var element in BinaryCases.IndicesOf(target, shape, index))
            {
                sum += values["outputGradient"][element] * derivative(
                    values["left"][BinaryCases.IndexIn(left, shape, element)], values["right"][BinaryCases.IndexIn(right, shape, element)]);
            }

            return sum;
        }
    }

    /// <summary>Output elements that the more repeated operand's elements are repeated to.</summary>
    private static double TermsPerSum(Shape4 output, Shape4 left, Shape4 right) =>
        output.Elements / Math.Max(1.0, Math.Min(left.Elements, right.Elements));

    private static GradientCheck Check(BinaryDerivatives derivatives, (Shape4 Left, Shape4 Right) shapes)
    {
        var (left, right) = shapes;
        var shape = Shape4.Broadcast(left, right);
        var forward = new OperationCase
        {
            Name = "forward",
            Operands =
            [
                Operand.Input("left", left.Elements, derivatives.LeftFill),
                Operand.Input("right", right.Elements, derivatives.RightFill),
                Operand.Output("output", shape.Elements),
            ],
            Launch = (_, _) => throw new InvalidOperationException("This case exists for its reference."),
            Reference = CaseReference.Elements((values, _, i) => derivatives.Value(
                values["left"][BinaryCases.IndexIn(left, shape, i)], values["right"][BinaryCases.IndexIn(right, shape, i)])),
            Tolerance = Tolerance.Exact,
        };
        return new GradientCheck(forward, [("output", "outputGradient")], [("left", "leftGradient"), ("right", "rightGradient")]);
    }
}
