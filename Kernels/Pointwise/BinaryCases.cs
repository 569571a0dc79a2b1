using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>A function of two operands in double precision.</summary>
internal delegate double BinaryReference(double left, double right);

/// <summary>Makes a contract from operands and shapes.</summary>
internal delegate TArguments BinaryContract<TArguments>(
    DeviceSpan<float> left, DeviceSpan<float> right, DeviceSpan<float> output, Shape4 leftShape, Shape4 rightShape);

/// <summary>The cases of functions of two operands: every way of broadcasting, ragged sizes.</summary>
internal static class BinaryCases
{
    /// <summary>What an operand can be to the other: same shape, per channel, per image, per image and channel, per pixel, one value.</summary>
    public static IReadOnlyList<(Shape4 Left, Shape4 Right)> Shapes { get; } =
    [
        (Shape4.Scalar, Shape4.Scalar),
        (Shape4.Of(1001), Shape4.Of(1001)),
        (Shape4.Of(3, 5, 37), Shape4.Of(37)),
        (Shape4.Of(3, 5, 37), Shape4.Of(3, 1, 37)),
        (Shape4.Of(3, 5, 37), Shape4.Of(3, 5, 1)),
        (Shape4.Of(3, 5, 37), Shape4.Of(3, 1, 1)),
        (Shape4.Of(3, 5, 37), Shape4.Of(5, 37)),
        (Shape4.Scalar, Shape4.Of(3, 5, 37)),
        (Shape4.Of(3, 1, 4), Shape4.Of(3, 7, 1)),
        (Shape4.Of(2, 1, 3, 1), Shape4.Of(1, 5, 1, 11)),
        (Shape4.Of(2, 5, 1, 7), Shape4.Of(2, 1, 3, 7)),
    ];

    public static IEnumerable<OperationCase> Forward<TArguments>(
        Func<Operation<TArguments>> operation,
        BinaryContract<TArguments> contract,
        BinaryReference reference,
        Fill left,
        Fill right,
        Tolerance tolerance,
        bool isBenchmarked)
        where TArguments : struct, IOperationArguments
    {
        OperationCase Case(Shape4 leftShape, Shape4 rightShape) => Create(operation, contract, reference, left, right, tolerance, leftShape, rightShape);
        foreach (var (leftShape, rightShape) in Shapes)
        {
            yield return Case(leftShape, rightShape);
        }

        yield return Case(Shape4.Of(40003), Shape4.Of(40003)) with { Scale = CaseScale.Small };
        yield return Case(Shape4.Of(2, 300, 67), Shape4.Of(2, 1, 67)) with { Scale = CaseScale.Small };
        yield return Case(Shape4.Of(3, 17001), Shape4.Of(3, 1)) with { Scale = CaseScale.Small };
        if (isBenchmarked)
        {
            yield return Case(Shape4.Of(1 << 22), Shape4.Of(1 << 22)) with { Scale = CaseScale.Benchmark };
            yield return Case(Shape4.Of(4096, 224), Shape4.Of(224)) with { Scale = CaseScale.Benchmark };
            yield return Case(Shape4.Of(4, 1024, 448), Shape4.Of(4, 1, 448)) with { Scale = CaseScale.Benchmark };
            yield return Case(Shape4.Of(1 << 22), Shape4.Scalar) with { Scale = CaseScale.Benchmark };
            yield return Case(Shape4.Of(65536, 64), Shape4.Of(65536, 1)) with { Scale = CaseScale.Benchmark };
        }
    }

    /// <summary>Index of the element of an operand that belongs to an element of the output.</summary>
    public static int IndexIn(Shape4 operand, Shape4 output, int index)
    {
        var (found, step) = (0, 1);
        for (var dimension = 3; dimension >= 0; dimension--)
        {
            var position = index % output[dimension];
            index /= output[dimension];
            found += operand[dimension] == 1 ? 0 : position * step;
            step *= operand[dimension];
        }

        return found;
    }

    private static OperationCase Create<TArguments>(
        Func<Operation<TArguments>> operation,
        BinaryContract<TArguments> contract,
        BinaryReference reference,
        Fill left,
        Fill right,
        Tolerance tolerance,
        Shape4 leftShape,
        Shape4 rightShape)
        where TArguments : struct, IOperationArguments
    {
        var shape = Shape4.Broadcast(leftShape, rightShape);
        return new OperationCase
        {
            Name = $"{leftShape} {rightShape}",
            Operands =
            [
                Operand.Input("left", leftShape.Elements, left),
                Operand.Input("right", rightShape.Elements, right),
                Operand.Output("output", shape.Elements),
            ],
            Launch = (device, operands) => operation().Launch(device, contract(
                operands.Single("left"), operands.Single("right"), operands.Single("output"), leftShape, rightShape)),
            Reference = CaseReference.Elements((values, _, i) =>
                reference(values["left"][IndexIn(leftShape, shape, i)], values["right"][IndexIn(rightShape, shape, i)])),
            Tolerance = tolerance,
        };
    }
}
