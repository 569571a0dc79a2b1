using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Normalization;

internal static class BatchNormBackwardCases
{
    /// <summary>Sums over rows of products of order one, then a difference of terms of order one.</summary>
    private static readonly Tolerance Tolerance = Tolerance.Sum(4e-6);

    public static IEnumerable<OperationCase> Training()
    {
        yield return Training(new BatchNormSetup(3, 2), true);
        yield return Training(new BatchNormSetup(4, 5) { Affine = false }, true);
        yield return Training(new BatchNormSetup(4, 19), true);
        yield return Training(new BatchNormSetup(67, 35), false);
        yield return Training(new BatchNormSetup(9, 6) { Accumulate = true }, false);
        yield return Training(new BatchNormSetup(1501, 70) { Scale = CaseScale.Small }, false);
        yield return Training(new BatchNormSetup(8192, 128) { Scale = CaseScale.Benchmark }, false);
    }

    public static IEnumerable<OperationCase> Evaluation()
    {
        yield return Evaluation(new BatchNormSetup(1, 2), true);
        yield return Evaluation(new BatchNormSetup(4, 5) { Affine = false }, true);
        yield return Evaluation(new BatchNormSetup(4, 19), true);
        yield return Evaluation(new BatchNormSetup(9, 6) { Accumulate = true }, false);
        yield return Evaluation(new BatchNormSetup(1501, 70) { Scale = CaseScale.Small }, false);
    }

    private static OperationCase Training(BatchNormSetup setup, bool differentiate)
    {
        setup = setup with { Training = true };
        return Create(
            setup,
            differentiate ? BatchNormCases.Training(setup, running: false) : null,
            [
                Operand.Input("mean", setup.Channels, Saved(setup, (values, c) => setup.Statistics(values, c).Mean)),
                Operand.Input("reciprocalDeviation", setup.Channels, Saved(setup, setup.ReciprocalDeviation)),
            ],
            (device, operands) => NormalizationOperations.BatchNormTrainingBackward.Launch(device, new BatchNormTrainingBackwardArguments
            {
                Input = operands.Single("input"),
                Mean = operands.Single("mean"),
                ReciprocalDeviation = operands.Single("reciprocalDeviation"),
                OutputGradient = operands.Single("outputGradient"),
                Weight = operands.Single("weight"),
                InputGradient = operands.Single("inputGradient"),
                WeightGradient = operands.Single("weightGradient"),
                BiasGradient = operands.Single("biasGradient"),
                Accumulate = setup.Accumulate,
                Rows = setup.Rows,
                Channels = setup.Channels,
            }));
    }

    private static OperationCase Evaluation(BatchNormSetup setup, bool differentiate) => Create(
        setup,
        differentiate ? BatchNormCases.Evaluation(setup) : null,
        [.. BatchNormCases.Running(setup)],
        (device, operands) => NormalizationOperations.BatchNormEvaluationBackward.Launch(device, new BatchNormEvaluationBackwardArguments
        {
            Input = operands.Single("input"),
            RunningMean = operands.Single("runningMean"),
            RunningVariance = operands.Single("runningVariance"),
            OutputGradient = operands.Single("outputGradient"),
            Weight = operands.Single("weight"),
            InputGradient = operands.Single("inputGradient"),
            WeightGradient = operands.Single("weightGradient"),
            BiasGradient = operands.Single("biasGradient"),
            Accumulate = setup.Accumulate,
            Rows = setup.Rows,
            Channels = setup.Channels,
            Epsilon = BatchNormSetup.Epsilon,
        }));

    private static OperationCase Create(
        BatchNormSetup setup, OperationCase? forward, IEnumerable<Operand> statistics, Action<Device, CaseOperands> launch)
    {
        var gradients = setup.Inputs().Select(input => (Input: input.Name, Gradient: input.Name + "Gradient")).ToList();
        return new OperationCase
        {
            Name = setup.Name,
            Operands =
            [
                .. setup.Inputs(),
                .. statistics,
                Operand.Input("outputGradient", setup.Rows * setup.Channels, Fills.Normal()),
                .. setup.Inputs().Select(input => setup.Accumulate && input.Name != "input"
                    ? Operand.InputOutput(input.Name + "Gradient", input.Length, Fills.Normal())
                    : Operand.Output(input.Name + "Gradient", input.Length)),
            ],
            Launch = launch,
            Reference = CaseReference.Elements(setup.Gradient),
            Gradient = forward is null ? null : new GradientCheck(forward, [("output", "outputGradient")], gradients),
            Tolerance = Tolerance,
            Scale = setup.Scale,
        };
    }

    private static Fill Saved(BatchNormSetup setup, Func<CaseValues, int, double> statistic) => Fills.Derived(values =>
        [.. Enumerable.Range(0, setup.Channels).Select(channel => statistic(values, channel))]);
}
