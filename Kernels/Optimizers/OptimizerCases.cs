using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Optimizers;

internal static class OptimizerCases
{
    /// <summary>A handful of roundings per element; the quotient of the moments amplifies them where the second moment is small.</summary>
    private static readonly Tolerance StepTolerance = Tolerance.Element(2e-6, 1e-7);

    public static IEnumerable<OperationCase> AdamW()
    {
        yield return Step("1 first step", 1, 1, CaseScale.Tiny);
        yield return Step("37 step 1000", 37, 1000, CaseScale.Tiny);
        yield return Step("300 clipped", 300, 3, CaseScale.Tiny, norm: 5);
        yield return Step("300 within the norm", 300, 3, CaseScale.Tiny, norm: 0.5);
        yield return Step("37 not a number", 37, 3, CaseScale.Tiny, norm: double.NaN);
        yield return Step("37 infinite", 37, 3, CaseScale.Tiny, norm: double.PositiveInfinity);
        yield return Step("300 without decay", 300, 7, CaseScale.Tiny, decay: 0);
        yield return Step("40003", 40003, 2, CaseScale.Small, norm: 2);
        yield return Step("10M", 10_000_000, 10, CaseScale.Benchmark, norm: 2);
    }

    public static IEnumerable<OperationCase> Clip()
    {
        foreach (var (name, length, norm, scale) in new[]
        {
            ("1 clipped", 1, 4.0, CaseScale.Tiny),
            ("37 within the norm", 37, 0.25, CaseScale.Tiny),
            ("300 clipped", 300, 17, CaseScale.Tiny),
            ("37 not a number", 37, double.NaN, CaseScale.Tiny),
            ("37 infinite", 37, double.PositiveInfinity, CaseScale.Tiny),
            ("40003 clipped", 40003, 3, CaseScale.Small),
            ("4M clipped", 1 << 22, 3, CaseScale.Benchmark),
        })
        {
            yield return new OperationCase
            {
                Name = name,
                Operands =
                [
                    Operand.InputOutput("gradients", length, Fills.Normal()),
                    Operand.Input("norm", 1, Fills.Constant(norm)),
                ],
                Launch = (device, operands) => OptimizersOperations.ClipByNorm.Launch(device, new ClipByNormArguments
                {
                    Gradients = operands.Single("gradients"),
                    Norm = operands.Single("norm"),
                    MaximumNorm = 1,
                }),
                Reference = CaseReference.Elements((values, _, i) => double.IsFinite(values["norm"][0])
                    ? values["gradients"][i] * Math.Min(1, 1 / (values["norm"][0] + 1e-6))
                    : 0),
                Tolerance = Tolerance.Element(3e-7),
                Scale = scale,
            };
        }
    }

    public static IEnumerable<OperationCase> Average()
    {
        foreach (var (length, decay, scale) in new[]
        {
            (1, 0.5f, CaseScale.Tiny),
            (37, 0.9999f, CaseScale.Tiny),
            (37, 0f, CaseScale.Tiny),
            (300, 1f, CaseScale.Tiny),
            (40003, 0.999f, CaseScale.Small),
            (10_000_000, 0.9999f, CaseScale.Benchmark),
        })
        {
            yield return new OperationCase
            {
                Name = $"{length} decay {decay}",
                Operands =
                [
                    Operand.InputOutput("average", length, Fills.Normal()),
                    Operand.Input("parameters", length, Fills.Normal()),
                ],
                Launch = (device, operands) => OptimizersOperations.ExponentialAverage.Launch(device, new ExponentialAverageArguments
                {
                    Average = operands.Single("average"),
                    Parameters = operands.Single("parameters"),
                    Decay = decay,
                }),
                Reference = CaseReference.Elements((values, _, i) =>
                    values["average"][i] - ((1 - (double)decay) * (values["average"][i] - values["parameters"][i]))),
                Tolerance = Tolerance.Element(3e-7, 3e-7),
                Scale = scale,
            };
        }
    }

    private static OperationCase Step(
        string name, int length, int step, CaseScale scale, double? norm = null, float decay = 0.01f)
    {
        List<Operand> operands =
        [
            Operand.InputOutput("parameters", length, Fills.Normal()),
            Operand.Input("gradients", length, Fills.Normal()),
            Operand.InputOutput("firstMoments", length, Fills.Normal(0, 0.1)),
            Operand.InputOutput("secondMoments", length, Fills.Uniform(0.01, 1)),
        ];
        if (norm is { } value)
        {
            operands.Add(Operand.Input("norm", 1, Fills.Constant(value)));
        }

        var defaults = new AdamWArguments { Parameters = default, Gradients = default, FirstMoments = default, SecondMoments = default, Step = 1, LearningRate = 0 };
        return new OperationCase
        {
            Name = name,
            Operands = operands,
            Launch = (device, spans) => OptimizersOperations.AdamW.Launch(device, new AdamWArguments
            {
                Parameters = spans.Single("parameters"),
                Gradients = spans.Single("gradients"),
                FirstMoments = spans.Single("firstMoments"),
                SecondMoments = spans.Single("secondMoments"),
                Step = step,
                LearningRate = 1e-2f,
                WeightDecay = decay,
                GradientNorm = spans.Single("norm"),
                MaximumGradientNorm = 1,
            }),
            Reference = CaseReference.Elements((values, output, i) =>
            {
                var found = values.Has("norm") ? values["norm"][0] : 0;
                if (!double.IsFinite(found))
                {
                    return values[output][i];
                }

                double beta1 = defaults.Beta1, beta2 = defaults.Beta2, rate = 1e-2f;
                var gradient = values["gradients"][i] * Math.Min(1, 1 / (found + 1e-6));
                var first = (beta1 * values["firstMoments"][i]) + ((1 - beta1) * gradient);
                var second = (beta2 * values["secondMoments"][i]) + ((1 - beta2) * gradient * gradient);
                return output switch
                {
                    "firstMoments" => first,
                    "secondMoments" => second,
                    _ => (values["parameters"][i] * (1 - (rate * decay)))
                        - (rate / (1 - Math.Pow(beta1, step)) * first
                            / ((Math.Sqrt(second) / Math.Sqrt(1 - Math.Pow(beta2, step))) + defaults.Epsilon)),
                };
            }),
            Tolerance = StepTolerance,
            Scale = scale,
        };
    }
}
