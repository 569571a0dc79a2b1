using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Normalization;

internal static class BatchNormCases
{
    private const double Momentum = 0.1f;

    public static IEnumerable<OperationCase> Training()
    {
        yield return Training(new BatchNormSetup(2, 1));
        yield return Training(new BatchNormSetup(7, 3));
        yield return Training(new BatchNormSetup(5, 37) { Affine = false });
        yield return Training(new BatchNormSetup(41, 20), running: false);
        yield return Training(new BatchNormSetup(41, 20), saved: false);
        yield return Training(new BatchNormSetup(33, 9) { InPlace = true });
        yield return Training(new BatchNormSetup(60, 18) { Mean = 1000 });
        yield return Training(new BatchNormSetup(2501, 70) { Scale = CaseScale.Small });
        yield return Training(new BatchNormSetup(5001, 3) { Scale = CaseScale.Small });
        yield return Training(new BatchNormSetup(8192, 128) { Scale = CaseScale.Benchmark });
    }

    public static IEnumerable<OperationCase> Evaluation()
    {
        yield return Evaluation(new BatchNormSetup(1, 1));
        yield return Evaluation(new BatchNormSetup(7, 3));
        yield return Evaluation(new BatchNormSetup(5, 37) { Affine = false });
        yield return Evaluation(new BatchNormSetup(33, 9) { InPlace = true });
        yield return Evaluation(new BatchNormSetup(2501, 70) { Scale = CaseScale.Small });

        // More rows than one launch of a kernel covers.
        yield return Evaluation(new BatchNormSetup(524309, 1) { Scale = CaseScale.Small });
        yield return Evaluation(new BatchNormSetup(8192, 128) { Scale = CaseScale.Benchmark });
    }

    /// <summary>The operands of running statistics, which an evaluation reads.</summary>
    public static IEnumerable<Operand> Running(BatchNormSetup setup)
    {
        yield return Operand.Input("runningMean", setup.Channels, Fills.Normal(setup.Mean, 0.3));
        yield return Operand.Input("runningVariance", setup.Channels, Fills.Uniform(0.5, 2));
    }

    public static OperationCase Training(BatchNormSetup setup, bool running = true, bool saved = true)
    {
        setup = setup with { Training = true };
        List<Operand> operands = [.. setup.Inputs(), .. setup.Outputs()];
        if (running)
        {
            operands.Add(Operand.InputOutput("runningMean", setup.Channels, Fills.Normal(setup.Mean, 0.3)));
            operands.Add(Operand.InputOutput("runningVariance", setup.Channels, Fills.Uniform(0.5, 2)));
        }

        if (saved)
        {
            operands.Add(Operand.Output("mean", setup.Channels) with { Tolerance = new Tolerance(OfMaximum: 1e-7, Absolute: 2e-6) });
            operands.Add(Operand.Output("reciprocalDeviation", setup.Channels) with { Tolerance = Tolerance.Element(4e-6) });
        }

        return new OperationCase
        {
            Name = setup.Name + (running ? "" : " no running statistics") + (saved ? "" : " nothing saved"),
            Operands = operands,
            Launch = (device, operands) => NormalizationOperations.BatchNormTraining.Launch(device, new BatchNormTrainingArguments
            {
                Input = operands.Single("input"),
                Output = operands.Single(setup.InPlace ? "input" : "output"),
                Weight = operands.Single("weight"),
                Bias = operands.Single("bias"),
                RunningMean = operands.Single("runningMean"),
                RunningVariance = operands.Single("runningVariance"),
                Mean = operands.Single("mean"),
                ReciprocalDeviation = operands.Single("reciprocalDeviation"),
                Rows = setup.Rows,
                Channels = setup.Channels,
                Epsilon = BatchNormSetup.Epsilon,
                Momentum = (float)Momentum,
            }),
            Reference = CaseReference.Elements((values, output, index) => output switch
            {
                "output" or "input" => setup.Output(values, index),
                "mean" => setup.Statistics(values, index).Mean,
                "reciprocalDeviation" => setup.ReciprocalDeviation(values, index),
                "runningMean" => Moved(values[output][index], setup.Statistics(values, index).Mean),
                _ => Moved(values[output][index], setup.Statistics(values, index).Variance * setup.Rows / (setup.Rows - 1)),
            }),

            // About ten roundings, none amplified: the distance from the mean is formed before anything else.
            Tolerance = Tolerance.Sum(3e-6),
            Scale = setup.Scale,
        };
    }

    public static OperationCase Evaluation(BatchNormSetup setup) => new()
    {
        Name = setup.Name,
        Operands = [.. setup.Inputs(), .. Running(setup), .. setup.Outputs()],
        Launch = (device, operands) => NormalizationOperations.BatchNormEvaluation.Launch(device, new BatchNormEvaluationArguments
        {
            Input = operands.Single("input"),
            Output = operands.Single(setup.InPlace ? "input" : "output"),
            Weight = operands.Single("weight"),
            Bias = operands.Single("bias"),
            RunningMean = operands.Single("runningMean"),
            RunningVariance = operands.Single("runningVariance"),
            Rows = setup.Rows,
            Channels = setup.Channels,
            Epsilon = BatchNormSetup.Epsilon,
        }),
        Reference = CaseReference.Elements((values, _, index) => setup.Output(values, index)),
        Tolerance = Tolerance.Sum(1e-6),
        Scale = setup.Scale,
    };

    private static double Moved(double running, double batch) => ((1 - Momentum) * running) + (Momentum * batch);
}
