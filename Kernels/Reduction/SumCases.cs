using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Reduction;

/// <summary>Sums and means over an axis, and their gradients.</summary>
internal sealed class SumCases(
    bool mean, Func<Operation<ReductionArguments>> forward, Func<Operation<ReductionBackwardArguments>> backward)
{
    /// <summary>A few units in the last place of the largest sum, however long the axis.</summary>
    private static readonly Tolerance SumTolerance = Tolerance.Sum(1e-6);

    private static readonly (int Outer, int Reduced, int Inner, CaseScale Scale)[] Shapes =
    [
        (1, 1, 1, CaseScale.Tiny),
        (3, 1, 5, CaseScale.Tiny),
        (37, 7, 1, CaseScale.Tiny),
        (2, 300, 1, CaseScale.Tiny),
        (2, 150, 3, CaseScale.Tiny),
        (2, 41, 33, CaseScale.Tiny),
        (1, 9001, 1, CaseScale.Tiny),
        (1, 3, 300, CaseScale.Tiny),
        (3, 1031, 70, CaseScale.Small),
        (2, 70001, 1, CaseScale.Small),
        (1, 9001, 5, CaseScale.Small),
        (1, 67, 2100, CaseScale.Small),
        (8, 4096, 224, CaseScale.Benchmark),
        (1, 32768, 448, CaseScale.Benchmark),
        (32768, 448, 1, CaseScale.Benchmark),
        (1, 10_000_000, 1, CaseScale.Benchmark),
    ];

    public static IEnumerable<OperationCase> Sum() => ForSum.Forward();

    public static IEnumerable<OperationCase> SumBackward() => ForSum.Backward();

    public static IEnumerable<OperationCase> Mean() => ForMean.Forward();

    public static IEnumerable<OperationCase> MeanBackward() => ForMean.Backward();

    private static SumCases ForSum => new(false, () => ReductionOperations.Sum, () => ReductionOperations.SumBackward);

    private static SumCases ForMean => new(true, () => ReductionOperations.Mean, () => ReductionOperations.MeanBackward);

    private IEnumerable<OperationCase> Forward()
    {
        foreach (var (outer, reduced, inner, scale) in Shapes)
        {
            yield return Forward(outer, reduced, inner, false, scale);
        }

        yield return Forward(2, 41, 5, true, CaseScale.Tiny);
        yield return Forward(3, 41, 1, true, CaseScale.Tiny);
        yield return Forward(1, 9001, 3, true, CaseScale.Small);
    }

    private IEnumerable<OperationCase> Backward()
    {
        foreach (var (outer, reduced, inner) in new[] { (1, 1, 1), (3, 1, 5), (4, 7, 1), (2, 5, 3), (1, 3, 37), (3, 11, 17) })
        {
            yield return Backward(outer, reduced, inner, CaseScale.Tiny);
        }

        yield return Backward(3, 531, 70, CaseScale.Small);
        yield return Backward(5, 40003, 1, CaseScale.Small);
        yield return Backward(8, 4096, 224, CaseScale.Benchmark);
        yield return Backward(32768, 448, 1, CaseScale.Benchmark);
    }

    private OperationCase Forward(int outer, int reduced, int inner, bool accumulate, CaseScale scale)
    {
        // Means away from zero: sums that cancel would have no digits to compare.
        var input = Operand.Input("input", outer * reduced * inner, Fills.Normal(1)).ForEachImage();
        var output = accumulate
            ? Operand.InputOutput("output", outer * inner, Fills.Normal(10))
            : Operand.Output("output", outer * inner);
        return new OperationCase
        {
            Name = $"{outer}x{reduced}x{inner}{(accumulate ? " accumulate" : "")}",
            Operands = [input, output.ForEachImage()],
            Launch = (device, operands) => forward().Launch(device, new ReductionArguments
            {
                Input = operands.Single("input"),
                Output = operands.Single("output"),
                Outer = outer,
                Reduced = reduced,
                Inner = inner,
                Accumulate = accumulate,
            }),
            Reference = CaseReference.Elements((values, _, i) =>
            {
                var sum = 0.0;
                for (var r = 0; r < reduced; r++)
                {
                    sum += values["input"][(((i / inner * reduced) + r) * inner) + (i % inner)];
                }

                return (accumulate ? values["output"][i] : 0) + (mean ? sum / reduced : sum);
            }),
            Tolerance = SumTolerance,
            Scale = scale,
            Batch = outer,
            AtBatch = outer > 1 && scale != CaseScale.Benchmark
                ? batch => Forward(batch, reduced, inner, accumulate, scale)
                : null,
        };
    }

    private OperationCase Backward(int outer, int reduced, int inner, CaseScale scale)
    {
        var check = scale == CaseScale.Tiny
            ? new GradientCheck(Forward(outer, reduced, inner, false, scale), [("output", "outputGradient")], [("input", "inputGradient")])
            : null;
        List<Operand> operands =
        [
            Operand.Input("outputGradient", outer * inner, Fills.Normal()).ForEachImage(),
            Operand.Output("inputGradient", outer * reduced * inner).ForEachImage(),
        ];
        if (check is not null)
        {
            operands.Add(Operand.Input("input", outer * reduced * inner, Fills.Normal()).ForEachImage());
        }

        return new OperationCase
        {
            Name = $"{outer}x{reduced}x{inner}",
            Operands = operands,
            Launch = (device, spans) => backward().Launch(device, new ReductionBackwardArguments
            {
                OutputGradient = spans.Single("outputGradient"),
                InputGradient = spans.Single("inputGradient"),
                Outer = outer,
                Reduced = reduced,
                Inner = inner,
            }),
            Reference = CaseReference.Elements((values, _, i) =>
                values["outputGradient"][(i / (reduced * inner) * inner) + (i % inner)] / (mean ? reduced : 1)),
            Tolerance = Tolerance.Sum(3e-7),
            Gradient = check,
            Scale = scale,
            Batch = outer,
            AtBatch = outer > 1 && scale != CaseScale.Benchmark ? batch => Backward(batch, reduced, inner, scale) : null,
        };
    }
}
