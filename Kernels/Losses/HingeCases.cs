using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Losses;

internal static class HingeCases
{
    /// <summary>The generator's terms have both signs, so the sum may cancel.</summary>
    private static readonly Tolerance LossTolerance = Tolerance.Element(3e-6, 2e-6);

    private static readonly (int Samples, int Elements, bool IsWeighted, CaseScale Scale)[] Sizes =
    [
        (1, 1, false, CaseScale.Tiny),
        (3, 37, true, CaseScale.Tiny),
        (3, 40003, false, CaseScale.Small),
        (8, 62 * 62, true, CaseScale.Benchmark),
    ];

    public static IEnumerable<OperationCase> Hinge() =>
        from side in Enum.GetValues<HingeSide>()
        from size in Sizes
        select Forward(side, size.Samples, size.Elements, size.IsWeighted, size.Scale);

    public static IEnumerable<OperationCase> HingeGradient() =>
        from side in Enum.GetValues<HingeSide>()
        from size in Sizes
        select Backward(side, size.Samples, size.Elements, size.IsWeighted, size.Scale);

    private static OperationCase Forward(HingeSide side, int samples, int elements, bool isWeighted, CaseScale scale) => new()
    {
        Name = Name(side, samples, elements, isWeighted),
        Operands =
        [
            .. Inputs(samples, elements, isWeighted),
            Operand.Output("sampleLosses", samples).ForEachImage(),
            Operand.Output("loss", 1),
        ],
        Launch = (device, operands) => LossesOperations.Hinge.Launch(device, new HingeLossArguments
        {
            Scores = operands.Single("scores"),
            SampleWeights = operands.Single("sampleWeights"),
            SampleLosses = operands.Single("sampleLosses"),
            Loss = operands.Single("loss"),
            Samples = samples,
            Elements = elements,
            Side = side,
        }),
        Reference = LossReference.Of(samples, elements, (values, i) => side switch
        {
            HingeSide.Real => Math.Max(0, 1 - values["scores"][i]),
            HingeSide.Fake => Math.Max(0, 1 + values["scores"][i]),
            _ => -values["scores"][i],
        }),
        Tolerance = LossTolerance,
        Scale = scale,
        Batch = samples,
        AtBatch = scale == CaseScale.Tiny ? batch => Forward(side, batch, elements, isWeighted, scale) : null,
    };

    private static OperationCase Backward(HingeSide side, int samples, int elements, bool isWeighted, CaseScale scale) => new()
    {
        Name = Name(side, samples, elements, isWeighted),
        Operands =
        [
            .. Inputs(samples, elements, isWeighted),
            Operand.Input("lossGradient", 1, Fills.Constant(1.7)),
            Operand.Output("scoreGradient", samples * elements),
        ],
        Launch = (device, operands) => LossesOperations.HingeGradient.Launch(device, new HingeLossGradientArguments
        {
            Scores = operands.Single("scores"),
            SampleWeights = operands.Single("sampleWeights"),
            LossGradient = operands.Single("lossGradient"),
            ScoreGradient = operands.Single("scoreGradient"),
            Samples = samples,
            Elements = elements,
            Side = side,
        }),
        Reference = LossReference.OfGradient(samples, elements, (values, i) => side switch
        {
            HingeSide.Real => values["scores"][i] < 1 ? -1 : 0,
            HingeSide.Fake => values["scores"][i] > -1 ? 1 : 0,
            _ => -1,
        }),
        Gradient = scale == CaseScale.Tiny
            ? new GradientCheck(
                Forward(side, samples, elements, isWeighted, scale), [("loss", "lossGradient")], [("scores", "scoreGradient")])
            : null,
        Tolerance = Tolerance.Sum(1e-6),
        Scale = scale,
    };

    private static string Name(HingeSide side, int samples, int elements, bool isWeighted) =>
        $"{side} {samples}x{elements}{(isWeighted ? " weighted" : "")}";

    private static IEnumerable<Operand> Inputs(int samples, int elements, bool isWeighted)
    {
        yield return Operand.Input("scores", samples * elements, AwayFromKinks).ForEachImage();
        if (isWeighted)
        {
            yield return LossReference.SampleWeights(samples);
        }
    }

    /// <summary>From -1.9 to 1.9, a tenth and more away from -1 and 1, where the derivatives jump.</summary>
    private static void AwayFromKinks(CaseValues values, Random random, Span<double> destination)
    {
        foreach (ref var element in destination)
        {
            var distance = 0.1 + (0.8 * random.NextDouble());
            element = (random.Next(2) == 0 ? 1 : -1) + (random.Next(2) == 0 ? distance : -distance);
        }
    }
}
