using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Losses;

internal static class CrossEntropyCases
{
    /// <summary>The rounding of a logarithm of 1 and more; large logits keep their difference from the largest exactly.</summary>
    private static readonly Tolerance LossTolerance = Tolerance.Element(3e-6, 3e-7);

    private static readonly Tolerance LogSumTolerance = Tolerance.Element(3e-7, 1e-6);

    /// <summary>The saved logarithm is rounded to fp32, and that is an error of the exponent.</summary>
    private static readonly Tolerance GradientTolerance = Tolerance.Sum(3e-6);

    private static IEnumerable<Setup> Setups =>
    [
        new() { Samples = 1, Positions = 1, Classes = 1 },
        new() { Samples = 3, Positions = 7, Classes = 5, Ignored = -1, HasClassWeights = true, HasSampleWeights = true },
        new() { Samples = 2, Positions = 13, Classes = 4, Ignored = 0, HasSampleWeights = true },
        new() { Samples = 1, Positions = 150, Classes = 19, HasClassWeights = true },
        new() { Samples = 5, Positions = 1, Classes = 300, HasSampleWeights = true },
        new() { Samples = 2, Positions = 3, Classes = 5, Ignored = 255, Labels = Fills.Values(255, 255, 255, 1, 255, 2), Text = " all ignored" },
        new() { Samples = 2, Positions = 3, Classes = 5, Ignored = -1, Labels = Fills.Values(0, 5, 1, 1, 2, 3), Text = " label too large" },
        new() { Samples = 2, Positions = 3, Classes = 5, Labels = Fills.Values(0, -1, 1, 1, 2, 3), Text = " label negative" },
        new() { Samples = 2, Positions = 2053, Classes = 19, Ignored = -1, HasClassWeights = true, Scale = CaseScale.Small },
        // More parts than a group has threads.
        new() { Samples = 1, Positions = 1100, Classes = 130, Scale = CaseScale.Small },
        new() { Samples = 4, Positions = 256 * 256, Classes = 19, Ignored = -1, HasClassWeights = true, Scale = CaseScale.Benchmark },
        new() { Samples = 256, Positions = 1, Classes = 1000, Scale = CaseScale.Benchmark },
    ];

    public static IEnumerable<OperationCase> CrossEntropy() =>
    [
        .. Setups.Select(Forward),
        Forward(new() { Samples = 2, Positions = 4, Classes = 3, Logits = Fills.Values(-1e4, 0, 1e4, 80, 90, -90, 5), Text = " large logits" }),
    ];

    public static IEnumerable<OperationCase> CrossEntropyGradient() => Setups.Select(Backward);

    private static OperationCase Forward(Setup setup) => new()
    {
        Name = setup.ToString(),
        Operands =
        [
            .. Inputs(setup),
            Operand.Output("sampleLosses", setup.Samples).ForEachImage(),
            Operand.Output("loss", 1),
            Operand.Output("logSumExp", setup.Samples * setup.Positions).ForEachImage() with { Tolerance = LogSumTolerance },
            Operand.Output("weightSums", setup.Samples).ForEachImage(),
        ],
        Launch = (device, operands) => LossesOperations.CrossEntropy.Launch(device, new CrossEntropyArguments
        {
            Logits = operands.Single("logits"),
            Labels = operands.Integers("labels"),
            ClassWeights = operands.Single("classWeights"),
            SampleWeights = operands.Single("sampleWeights"),
            SampleLosses = operands.Single("sampleLosses"),
            Loss = operands.Single("loss"),
            LogSumExp = operands.Single("logSumExp"),
            WeightSums = operands.Single("weightSums"),
            Samples = setup.Samples,
            Positions = setup.Positions,
            Classes = setup.Classes,
            IgnoredLabel = setup.Ignored,
        }),
        Reference = CaseReference.Elements((values, output, i) => output switch
        {
            "sampleLosses" => SampleLoss(setup, values, i),
            "loss" => LossReference.WeightedMean(values, setup.Samples, sample => SampleLoss(setup, values, sample)),
            "logSumExp" => LogSumExp(setup, values, i),
            _ => WeightSum(setup, values, i),
        }),
        Tolerance = LossTolerance,
        Scale = setup.Scale,
        Batch = setup.Samples,
        AtBatch = setup.Scale == CaseScale.Tiny ? batch => Forward(setup with { Samples = batch }) : null,
    };

    private static OperationCase Backward(Setup setup) => new()
    {
        Name = setup.ToString(),
        Operands =
        [
            .. Inputs(setup),
            Operand.Input("logSumExp", setup.Samples * setup.Positions, Fills.Derived(values =>
                [.. Enumerable.Range(0, setup.Samples * setup.Positions).Select(row => LogSumExp(setup, values, row))])),
            Operand.Input("weightSums", setup.Samples, Fills.Derived(values =>
                [.. Enumerable.Range(0, setup.Samples).Select(sample => WeightSum(setup, values, sample))])),
            Operand.Input("lossGradient", 1, Fills.Constant(1.7)),
            Operand.Output("logitGradient", setup.Samples * setup.Positions * setup.Classes),
        ],
        Launch = (device, operands) => LossesOperations.CrossEntropyGradient.Launch(device, new CrossEntropyGradientArguments
        {
            Logits = operands.Single("logits"),
            Labels = operands.Integers("labels"),
            ClassWeights = operands.Single("classWeights"),
            SampleWeights = operands.Single("sampleWeights"),
            LogSumExp = operands.Single("logSumExp"),
            WeightSums = operands.Single("weightSums"),
            LossGradient = operands.Single("lossGradient"),
            LogitGradient = operands.Single("logitGradient"),
            Samples = setup.Samples,
            Positions = setup.Positions,
            Classes = setup.Classes,
            IgnoredLabel = setup.Ignored,
        }),
        Reference = CaseReference.Elements((values, _, i) => Gradient(setup, values, i)),
        Gradient = setup is { Scale: CaseScale.Tiny, Labels: null, Positions: < 100 }
            ? new GradientCheck(Forward(setup), [("loss", "lossGradient")], [("logits", "logitGradient")])
            : null,
        Tolerance = GradientTolerance,
        Scale = setup.Scale,
    };

    private static IEnumerable<Operand> Inputs(Setup setup)
    {
        var rows = setup.Samples * setup.Positions;
        yield return Operand.Input("logits", rows * setup.Classes, setup.Logits).ForEachImage();
        yield return Operand.Integers(
            "labels", rows, setup.Labels ?? Fills.Integers(Math.Min(setup.Ignored ?? 0, 0), setup.Classes)).ForEachImage();
        if (setup.HasClassWeights)
        {
            yield return Operand.Input("classWeights", setup.Classes, Fills.Uniform(0.5, 2));
        }

        if (setup.HasSampleWeights)
        {
            yield return LossReference.SampleWeights(setup.Samples);
        }
    }

    private static double LogSumExp(Setup setup, CaseValues values, int row)
    {
        var logits = values["logits"].AsSpan(row * setup.Classes, setup.Classes);
        var (top, sum) = (double.NegativeInfinity, 0.0);
        foreach (var logit in logits)
        {
            top = Math.Max(top, logit);
        }

        foreach (var logit in logits)
        {
            sum += Math.Exp(logit - top);
        }

        return top + Math.Log(sum);
    }

    /// <summary>Zero for labels that do not count.</summary>
    private static double ClassWeight(Setup setup, CaseValues values, int row)
    {
        var label = (int)values["labels"][row];
        return label == setup.Ignored || label < 0 || label >= setup.Classes ? 0 : values.Optional("classWeights")?[label] ?? 1;
    }

    private static double WeightSum(Setup setup, CaseValues values, int sample) =>
        Enumerable.Range(sample * setup.Positions, setup.Positions).Sum(row => ClassWeight(setup, values, row));

    private static double SampleLoss(Setup setup, CaseValues values, int sample)
    {
        var sum = 0.0;
        for (var row = sample * setup.Positions; row < (sample + 1) * setup.Positions; row++)
        {
            var label = (int)values["labels"][row];
            if (label != setup.Ignored)
            {
                sum += label < 0 || label >= setup.Classes
                    ? double.NaN
                    : ClassWeight(setup, values, row) * (LogSumExp(setup, values, row) - values["logits"][(row * setup.Classes) + label]);
            }
        }

        var weight = WeightSum(setup, values, sample);
        return weight == 0 ? sum : sum / weight;
    }

    private static double Gradient(Setup setup, CaseValues values, int i)
    {
        var (row, c) = (i / setup.Classes, i % setup.Classes);
        var sample = row / setup.Positions;
        var label = (int)values["labels"][row];
        if (label == setup.Ignored)
        {
            return 0;
        }

        if (label < 0 || label >= setup.Classes)
        {
            return double.NaN;
        }

        var factor = values["lossGradient"][0] * LossReference.Weight(values, sample) / setup.Samples
            * ClassWeight(setup, values, row) / values["weightSums"][sample];
        return factor * (Math.Exp(values["logits"][i] - values["logSumExp"][row]) - (c == label ? 1 : 0));
    }

    private sealed record Setup
    {
        public required int Samples { get; init; }

        public required int Positions { get; init; }

        public required int Classes { get; init; }

        public int? Ignored { get; init; }

        public bool HasClassWeights { get; init; }

        public bool HasSampleWeights { get; init; }

        public Fill Logits { get; init; } = Fills.Normal(0, 3);

        /// <summary>Null for random ones, the ignored one among them.</summary>
        public Fill? Labels { get; init; }

        public string Text { get; init; } = "";

        public CaseScale Scale { get; init; }

        public override string ToString() =>
            $"{Samples}x{Positions}x{Classes}{(Ignored is { } ignored ? $" ignoring {ignored}" : "")}"
            + $"{(HasClassWeights ? " class weights" : "")}{(HasSampleWeights ? " weighted" : "")}{Text}";
    }
}
