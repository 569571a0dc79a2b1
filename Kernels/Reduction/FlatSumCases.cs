using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Reduction;

/// <summary>Norms and dot products.</summary>
internal static class FlatSumCases
{
    private static readonly (int Length, CaseScale Scale)[] Lengths =
    [
        (1, CaseScale.Tiny),
        (5, CaseScale.Tiny),
        (1021, CaseScale.Tiny),
        (8193, CaseScale.Tiny),
        (70001, CaseScale.Small),
        (4_200_003, CaseScale.Small),
        (10_000_000, CaseScale.Benchmark),
    ];

    /// <summary>Sums in blocks lose a few units in the last place however long they are; a plain chain of 4 million loses thousands.</summary>
    private static readonly Tolerance SumTolerance = Tolerance.Sum(1e-6);

    public static IEnumerable<OperationCase> Norm()
    {
        foreach (var (length, scale) in Lengths)
        {
            yield return Norm($"{length}", length, Fills.Normal(), scale);
        }

        yield return Norm("300 with not-a-number", 300, Spoiled(299, double.NaN), CaseScale.Tiny);
        yield return Norm("300 with infinity", 300, Spoiled(0, double.PositiveInfinity), CaseScale.Tiny);
        yield return Norm("300 with minus infinity", 300, Spoiled(150, double.NegativeInfinity), CaseScale.Tiny);
        yield return Norm("3 beyond the range", 3, Fills.Constant(1.5e19), CaseScale.Tiny);
    }

    public static IEnumerable<OperationCase> Dot()
    {
        foreach (var (length, scale) in Lengths)
        {
            yield return Dot(length, false, scale);
        }

        yield return Dot(37, true, CaseScale.Tiny);
    }

    private static OperationCase Norm(string name, int length, Fill fill, CaseScale scale) => new()
    {
        Name = name,
        Operands = [Operand.Input("input", length, fill), Operand.Output("output", 1)],
        Launch = (device, operands) => ReductionOperations.Norm.Launch(device, new NormArguments
        {
            Input = operands.Single("input"),
            Output = operands.Single("output"),
        }),

        // What is beyond the range of fp32 before the root is infinite after it.
        Reference = CaseReference.Elements((values, _, _) => Squares(values["input"]) is var sum && sum > float.MaxValue
            ? double.PositiveInfinity
            : Math.Sqrt(sum)),
        Tolerance = SumTolerance,
        Scale = scale,
    };

    private static OperationCase Dot(int length, bool withItself, CaseScale scale)
    {
        // With means away from zero the sum does not cancel, so the tolerance is relative to the terms.
        List<Operand> operands = [Operand.Input("left", length, Fills.Normal(1))];
        if (!withItself)
        {
            operands.Add(Operand.Input("right", length, Fills.Normal(2)));
        }

        operands.Add(Operand.Output("output", 1));
        var right = withItself ? "left" : "right";
        return new OperationCase
        {
            Name = $"{length}{(withItself ? " with itself" : "")}",
            Operands = operands,
            Launch = (device, spans) => ReductionOperations.Dot.Launch(device, new DotArguments
            {
                Left = spans.Single("left"),
                Right = spans.Single(right),
                Output = spans.Single("output"),
            }),
            Reference = CaseReference.Elements((values, _, _) =>
            {
                var sum = 0.0;
                for (var i = 0; i < length; i++)
                {
                    sum += values["left"][i] * values[right][i];
                }

                return sum;
            }),
            Tolerance = SumTolerance,
            Scale = scale,
        };
    }

    private static Fill Spoiled(int index, double value) => (values, random, destination) =>
    {
        Fills.Normal()(values, random, destination);
        destination[index] = value;
    };

    private static double Squares(double[] input)
    {
        var sum = 0.0;
        foreach (var value in input)
        {
            sum += value * value;
        }

        return sum;
    }
}
