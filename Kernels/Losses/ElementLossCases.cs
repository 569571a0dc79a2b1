using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Losses;

/// <summary>Cases of the losses of a prediction and a target.</summary>
internal static class ElementLossCases
{
    /// <summary>Sums of terms of one sign: a few dozen roundings at the most, of parts of the sum.</summary>
    private static readonly Tolerance LossTolerance = Tolerance.Element(3e-6);

    /// <summary>A subtraction and the roundings of its operands.</summary>
    private static readonly Tolerance GradientTolerance = Tolerance.Sum(2e-6);

    /// <summary>Several parts, a single element, tails of every vector width.</summary>
    private static readonly (int Samples, int Elements, bool IsWeighted, CaseScale Scale)[] Sizes =
    [
        (1, 1, false, CaseScale.Tiny),
        (3, 37, true, CaseScale.Tiny),
        (130, 2, true, CaseScale.Tiny),
        (2, 300, false, CaseScale.Tiny),
        (1, 4099, false, CaseScale.Small),
        (3, 40003, true, CaseScale.Small),
        (8, 3 * 256 * 256, true, CaseScale.Benchmark),
    ];

    public static IEnumerable<OperationCase> SquaredError() => All(Squared);

    public static IEnumerable<OperationCase> SquaredErrorGradient() => AllGradients(Squared);

    public static IEnumerable<OperationCase> AbsoluteError() => All(Absolute);

    public static IEnumerable<OperationCase> AbsoluteErrorGradient() => AllGradients(Absolute);

    public static IEnumerable<OperationCase> BinaryCrossEntropy() =>
    [
        .. All(CrossEntropy),
        Forward(Extreme, 3, 14, true, CaseScale.Tiny),
        Forward(Confident, 2, 5, false, CaseScale.Tiny),
    ];

    public static IEnumerable<OperationCase> BinaryCrossEntropyGradient() =>
        [.. AllGradients(CrossEntropy), Backward(Extreme, 3, 14, true, CaseScale.Tiny, isChecked: false)];

    private static Loss Squared => new(
        "",
        () => LossesOperations.SquaredError,
        () => LossesOperations.SquaredErrorGradient,
        (x, target) => (x - target) * (x - target),
        (x, target) => 2 * (x - target),
        Fills.Normal(),
        Fills.Normal());

    /// <summary>Targets stay a step and more away from predictions, where the derivative jumps.</summary>
    private static Loss Absolute => new(
        "",
        () => LossesOperations.AbsoluteError,
        () => LossesOperations.AbsoluteErrorGradient,
        (x, target) => Math.Abs(x - target),
        (x, target) => Math.Sign(x - target),
        Fills.Normal(),
        (values, random, destination) =>
        {
            Fills.AwayFromZero(0.05)(values, random, destination);
            for (var i = 0; i < destination.Length; i++)
            {
                destination[i] += values["prediction"][i];
            }
        });

    private static Loss CrossEntropy => new(
        "",
        () => LossesOperations.BinaryCrossEntropy,
        () => LossesOperations.BinaryCrossEntropyGradient,
        (x, target) => Math.Max(x, 0) - (x * target) + Log1P(Math.Exp(-Math.Abs(x))),
        (x, target) => (1 / (1 + Math.Exp(-x))) - target,
        Fills.Normal(0, 3),
        Fills.Uniform(0, 1));

    /// <summary>e^x overflows and underflows; every logit meets both targets.</summary>
    private static Loss Extreme => CrossEntropy with
    {
        Name = "extreme logits ",
        Predictions = Fills.Values(-1e4, -100, -20, 0, 20, 100, 1e4),
        Targets = Fills.Values(0, 1),
    };

    /// <summary>Losses around 1e-7, which 1 + e^-x rounds away.</summary>
    private static Loss Confident => CrossEntropy with
    {
        Name = "confident ",
        Predictions = Fills.Uniform(13, 20),
        Targets = Fills.Constant(1),
    };

    private static IEnumerable<OperationCase> All(Loss loss) =>
        Sizes.Select(size => Forward(loss, size.Samples, size.Elements, size.IsWeighted, size.Scale));

    private static IEnumerable<OperationCase> AllGradients(Loss loss) =>
        Sizes.Select(size => Backward(
            loss, size.Samples, size.Elements, size.IsWeighted, size.Scale, isChecked: size.Scale == CaseScale.Tiny));

    private static OperationCase Forward(Loss loss, int samples, int elements, bool isWeighted, CaseScale scale) => new()
    {
        Name = Name(loss, samples, elements, isWeighted),
        Operands =
        [
            .. Inputs(loss, samples, elements, isWeighted),
            Operand.Output("sampleLosses", samples).ForEachImage(),
            Operand.Output("loss", 1),
        ],
        Launch = (device, operands) => loss.Operation().Launch(device, new ElementLossArguments
        {
            Prediction = operands.Single("prediction"),
            Target = operands.Single("target"),
            SampleWeights = operands.Single("sampleWeights"),
            SampleLosses = operands.Single("sampleLosses"),
            Loss = operands.Single("loss"),
            Samples = samples,
            Elements = elements,
        }),
        Reference = LossReference.Of(
            samples, elements, (values, i) => loss.Value(values["prediction"][i], values["target"][i])),
        Tolerance = LossTolerance,
        Scale = scale,
        Batch = samples,
        AtBatch = scale == CaseScale.Tiny ? batch => Forward(loss, batch, elements, isWeighted, scale) : null,
    };

    private static OperationCase Backward(
        Loss loss, int samples, int elements, bool isWeighted, CaseScale scale, bool isChecked) => new()
        {
            Name = Name(loss, samples, elements, isWeighted),
            Operands =
            [
                .. Inputs(loss, samples, elements, isWeighted),
                Operand.Input("lossGradient", 1, Fills.Constant(1.7)),
                Operand.Output("predictionGradient", samples * elements),
            ],
            Launch = (device, operands) => loss.Gradient().Launch(device, new ElementLossGradientArguments
            {
                Prediction = operands.Single("prediction"),
                Target = operands.Single("target"),
                SampleWeights = operands.Single("sampleWeights"),
                LossGradient = operands.Single("lossGradient"),
                PredictionGradient = operands.Single("predictionGradient"),
                Samples = samples,
                Elements = elements,
            }),
            Reference = LossReference.OfGradient(
                samples, elements, (values, i) => loss.Derivative(values["prediction"][i], values["target"][i])),
            Gradient = isChecked
                ? new GradientCheck(
                    Forward(loss, samples, elements, isWeighted, scale), [("loss", "lossGradient")], [("prediction", "predictionGradient")])
                : null,
            Tolerance = GradientTolerance,
            Scale = scale,
        };

    private static string Name(Loss loss, int samples, int elements, bool isWeighted) =>
        $"{loss.Name}{samples}x{elements}{(isWeighted ? " weighted" : "")}";

    private static IEnumerable<Operand> Inputs(Loss loss, int samples, int elements, bool isWeighted)
    {
        yield return Operand.Input("prediction", samples * elements, loss.Predictions).ForEachImage();
        yield return Operand.Input("target", samples * elements, loss.Targets).ForEachImage();
        if (isWeighted)
        {
            yield return LossReference.SampleWeights(samples);
        }
    }

    /// <summary>ln(1 + x) without the rounding of 1 + x.</summary>
    private static double Log1P(double x) => x > 1e-5 ? Math.Log(1 + x) : x - (x * x / 2);

    private sealed record Loss(
        string Name,
        Func<Operation<ElementLossArguments>> Operation,
        Func<Operation<ElementLossGradientArguments>> Gradient,
        Func<double, double, double> Value,
        Func<double, double, double> Derivative,
        Fill Predictions,
        Fill Targets);
}
