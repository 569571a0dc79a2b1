using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Reduction;

/// <summary>Maxima, their indices and their gradient: nothing is rounded, so everything is exact.</summary>
internal static class MaximumCases
{
    private static readonly (int Outer, int Reduced, int Inner, CaseScale Scale)[] Shapes =
    [
        (1, 1, 1, CaseScale.Tiny),
        (3, 1, 5, CaseScale.Tiny),
        (37, 19, 1, CaseScale.Tiny),
        (2, 19, 37, CaseScale.Tiny),
        (2, 300, 3, CaseScale.Tiny),
        (1, 9001, 1, CaseScale.Tiny),
        (3, 1031, 70, CaseScale.Small),
        (2, 300_007, 1, CaseScale.Small),
        (1, 19, 2100, CaseScale.Small),
        (8, 19, 65536, CaseScale.Benchmark),
        (8 * 65536, 19, 1, CaseScale.Benchmark),
    ];

    public static IEnumerable<OperationCase> Forward()
    {
        foreach (var (outer, reduced, inner, scale) in Shapes)
        {
            yield return Forward("", outer, reduced, inner, Fills.Normal(), scale);

            // Few different values: nearly every maximum occurs more than once.
            yield return Forward(" ties", outer, reduced, inner, Fills.Integers(-3, 1), scale);
        }

        foreach (var inner in new[] { 1, 3 })
        {
            yield return Forward(" not a number", 3, 70, inner, Some(23, double.NaN), CaseScale.Tiny);
            yield return Forward(" minus infinity and not a number", 2, 40, inner, Infinities(double.NaN), CaseScale.Tiny);
            yield return Forward(" minus infinity", 2, 40, inner, Fills.Constant(double.NegativeInfinity), CaseScale.Tiny);
            yield return Forward(" infinities", 3, 70, inner, Some(23, double.PositiveInfinity), CaseScale.Tiny);
            yield return Forward(" negative", 3, 70, inner, Fills.Uniform(-2, -1), CaseScale.Tiny);
            yield return Forward(" zeros of either sign", 3, 40, inner, Fills.Values(-0.0, 0.0, -1, -0.0, 0.0), CaseScale.Tiny);
            yield return Forward(" values only", 2, 41, inner, Fills.Normal(), CaseScale.Tiny, hasIndices: false);
            yield return Forward(" indices only", 2, 9001, inner, Fills.Normal(), CaseScale.Small, hasValues: false);
        }
    }

    public static IEnumerable<OperationCase> Backward()
    {
        foreach (var (outer, reduced, inner) in new[] { (1, 1, 1), (3, 1, 5), (5, 19, 1), (2, 7, 5) })
        {
            yield return Backward(outer, reduced, inner, CaseScale.Tiny);
        }

        yield return Backward(3, 131, 70, CaseScale.Small);
        yield return Backward(70, 1031, 1, CaseScale.Small);
        yield return Backward(8, 19, 65536, CaseScale.Benchmark);
    }

    private static OperationCase Forward(
        string suffix,
        int outer,
        int reduced,
        int inner,
        Fill fill,
        CaseScale scale,
        bool hasValues = true,
        bool hasIndices = true)
    {
        List<Operand> operands = [Operand.Input("input", outer * reduced * inner, fill).ForEachImage()];
        if (hasValues)
        {
            operands.Add(Operand.Output("output", outer * inner).ForEachImage());
        }

        if (hasIndices)
        {
            operands.Add(Operand.IntegerOutput("indices", outer * inner).ForEachImage());
        }

        return new OperationCase
        {
            Name = $"{outer}x{reduced}x{inner}{suffix}",
            Operands = operands,
            Launch = (device, spans) => ReductionOperations.Maximum.Launch(device, new MaximumArguments
            {
                Input = spans.Single("input"),
                Output = spans.Single("output"),
                Indices = spans.Integers("indices"),
                Outer = outer,
                Reduced = reduced,
                Inner = inner,
            }),
            Reference = CaseReference.Elements((values, name, i) =>
            {
                var index = IndexOfMaximum(values["input"], i, reduced, inner);
                return name == "indices" ? index : values["input"][At(i, index, reduced, inner)];
            }),
            Tolerance = Tolerance.Exact,
            Scale = scale,
            Batch = outer,
            AtBatch = outer > 1 && scale != CaseScale.Benchmark
                ? batch => Forward(suffix, batch, reduced, inner, fill, scale, hasValues, hasIndices)
                : null,
        };
    }

    private static OperationCase Backward(int outer, int reduced, int inner, CaseScale scale)
    {
        var check = scale == CaseScale.Tiny
            ? new GradientCheck(
                Forward("", outer, reduced, inner, Distinct, scale, hasIndices: false),
                [("output", "outputGradient")],
                [("input", "inputGradient")])
            : null;
        return new OperationCase
        {
            Name = $"{outer}x{reduced}x{inner}",
            Operands =
            [
                Operand.Input("input", outer * reduced * inner, Distinct).ForEachImage(),
                Operand.Integers("indices", outer * inner, Fills.Derived(values => Indices(values["input"], reduced, inner))).ForEachImage(),
                Operand.Input("outputGradient", outer * inner, Fills.Normal()).ForEachImage(),
                Operand.Output("inputGradient", outer * reduced * inner).ForEachImage(),
            ],
            Launch = (device, spans) => ReductionOperations.MaximumBackward.Launch(device, new MaximumBackwardArguments
            {
                Indices = spans.Integers("indices"),
                OutputGradient = spans.Single("outputGradient"),
                InputGradient = spans.Single("inputGradient"),
                Outer = outer,
                Reduced = reduced,
                Inner = inner,
            }),
            Reference = CaseReference.Elements((values, _, i) =>
            {
                var result = (i / (reduced * inner) * inner) + (i % inner);
                return values["indices"][result] == i / inner % reduced ? values["outputGradient"][result] : 0;
            }),

            // Values are copied; only finite differences are rounded.
            Tolerance = Tolerance.Sum(1e-7),
            Gradient = check,
            Scale = scale,
            Batch = outer,
            AtBatch = outer > 1 && scale != CaseScale.Benchmark ? batch => Backward(batch, reduced, inner, scale) : null,
        };
    }

    /// <summary>No two elements are closer than what a finite difference moves them by.</summary>
    private static void Distinct(CaseValues values, Random random, Span<double> destination)
    {
        for (var i = 0; i < destination.Length; i++)
        {
            destination[i] = (i - (destination.Length / 2)) * 0.125;
        }

        random.Shuffle(destination);
    }

    private static Fill Some(int period, double value) => (values, random, destination) =>
    {
        Fills.Normal()(values, random, destination);
        for (var i = period / 2; i < destination.Length; i += period)
        {
            destination[i] = value;
        }
    };

    private static Fill Infinities(double last) => (_, _, destination) =>
    {
        destination.Fill(double.NegativeInfinity);
        destination[^1] = last;
    };

    private static double[] Indices(double[] input, int reduced, int inner)
    {
        var indices = new double[input.Length / reduced];
        for (var i = 0; i < indices.Length; i++)
        {
            indices[i] = IndexOfMaximum(input, i, reduced, inner);
        }

        return indices;
    }

    private static int IndexOfMaximum(double[] input, int result, int reduced, int inner)
    {
        var best = 0;
        for (var r = 1; r < reduced; r++)
        {
            var (value, largest) = (input[At(result, r, reduced, inner)], input[At(result, best, reduced, inner)]);
            if (value > largest || (double.IsNaN(value) && !double.IsNaN(largest)))
            {
                best = r;
            }
        }

        return best;
    }

    private static int At(int result, int row, int reduced, int inner) =>
        (((result / inner * reduced) + row) * inner) + (result % inner);
}
