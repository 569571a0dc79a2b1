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

    /// <summary>Every comparison, with operands that are exchanged for some of them.</summary>
    public static IEnumerable<OperationCase> Comparisons(Func<Operation<CompareArguments>> operation, Fill fill)
    {
        foreach (var comparison in Enum.GetValues<Comparison>())
        {
            CompareArguments Contract(
                DeviceSpan<float> left, DeviceSpan<float> right, DeviceSpan<float> output, Shape4 leftShape, Shape4 rightShape) => new()
                {
                    Left = left,
                    Right = right,
                    Output = output,
                    LeftShape = leftShape,
                    RightShape = rightShape,
                    Comparison = comparison,
                };
            BinaryReference reference = comparison switch
            {
                Comparison.Equal => (l, r) => l == r ? 1 : 0,
                Comparison.NotEqual => (l, r) => l != r ? 1 : 0,
                Comparison.Less => (l, r) => l < r ? 1 : 0,
                Comparison.LessOrEqual => (l, r) => l <= r ? 1 : 0,
                Comparison.Greater => (l, r) => l > r ? 1 : 0,
                _ => (l, r) => l >= r ? 1 : 0,
            };
            foreach (var (left, right) in new[]
            {
                (Shape4.Of(1001), Shape4.Of(1001)), (Shape4.Of(3, 5, 37), Shape4.Of(3, 1, 37)), (Shape4.Scalar, Shape4.Of(67)),
            })
            {
                var operationCase = Create(operation, Contract, reference, fill, fill, Tolerance.Exact, left, right);
                yield return operationCase with { Name = $"{comparison} {operationCase.Name}" };
            }
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

    /// <summary>Indices of all elements of the output that an element of an operand is repeated to.</summary>
    public static IEnumerable<int> IndicesOf(Shape4 operand, Shape4 output, int index)
    {
        var (start, end) = (new int[4], new int[4]);
        for (var dimension = 3; dimension >= 0; dimension--)
        {
            var position = index % operand[dimension];
            index /= operand[dimension];
            var isRepeated = operand[dimension] == 1;
            (start[dimension], end[dimension]) = isRepeated ? (0, output[dimension]) : (position, position + 1);
        }

        for (var i0 = start[0]; i0 < end[0]; i0++)
        {
            for (var i1 = start[1]; i1 < end[1]; i1++)
            {
                for (var i2 = start[2]; i2 < end[2]; i2++)
                {
                    for (var i3 = start[3]; i3 < end[3]; i3++)
                    {
                        yield return (((((i0 * output.Size1) + i1) * output.Size2) + i2) * output.Size3) + i3;
                    }
                }
            }
        }
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
