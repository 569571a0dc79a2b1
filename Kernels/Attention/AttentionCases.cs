using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Attention;

internal static class AttentionCases
{
    public static IEnumerable<OperationCase> Forward()
    {
        foreach (var problem in Tiny)
        {
            yield return Forward(problem, CaseScale.Tiny);
        }

        yield return Forward(Tiny[0], CaseScale.Tiny, withLogSumExp: false);
        foreach (var problem in Small)
        {
            yield return Forward(problem, CaseScale.Small);
        }

        foreach (var problem in Layers)
        {
            yield return Forward(problem, CaseScale.Benchmark);
        }
    }

    public static IEnumerable<OperationCase> Backward()
    {
        foreach (var problem in Tiny.Where(problem => problem.Width <= 64))
        {
            yield return Backward(problem, CaseScale.Tiny, checkDifferences: true);
        }

        foreach (var problem in Tiny.Where(problem => problem.Width > 64))
        {
            yield return Backward(problem, CaseScale.Tiny, checkDifferences: false);
        }

        foreach (var problem in Small)
        {
            yield return Backward(problem, CaseScale.Small, checkDifferences: false);
        }

        foreach (var problem in Layers)
        {
            yield return Backward(problem, CaseScale.Benchmark, checkDifferences: false);
        }
    }

    /// <summary>A layer of a network.</summary>
    internal static OperationCase OfLayer(AttentionProblem problem) => Forward(problem, CaseScale.Benchmark);

    /// <summary>The gradient of a layer of a network.</summary>
    internal static OperationCase OfLayerBackward(AttentionProblem problem) => Backward(problem, CaseScale.Benchmark, checkDifferences: false);

    /// <summary>One query, one key, one head; widths that fill no vector, several tiles and chunks; every arrangement.</summary>
    private static AttentionProblem[] Tiny =>
    [
        new(2, 5, 7, 8, AttentionArrangement.Separate),
        new(1, 1, 1, 8, AttentionArrangement.Separate),
        new(2, 1, 13, 32, AttentionArrangement.KeyValue),
        new(2, 11, 1, 4, AttentionArrangement.HeadMajor),
        new(3, 9, 9, 16, AttentionArrangement.FusedByHead),
        new(2, 6, 6, 5, AttentionArrangement.Fused),
        new(1, 6, 11, 40, AttentionArrangement.KeyValue),
        new(2, 3, 70, 3, AttentionArrangement.HeadMajor),
        new(1, 70, 5, 8, AttentionArrangement.Separate),
        new(1, 9, 20, 16, AttentionArrangement.Separate) { Sharpness = 20 },
        new(1, 3, 4, 160, AttentionArrangement.KeyValue),
    ];

    private static AttentionProblem[] Small =>
    [
        new(1, 2, 3, 512, AttentionArrangement.Separate),
        new(2, 100, 77, 64, AttentionArrangement.KeyValue),
        new(3, 67, 67, 32, AttentionArrangement.FusedByHead),
        new(2, 65, 131, 128, AttentionArrangement.HeadMajor),
        new(1, 70, 1100, 32, AttentionArrangement.KeyValue),
        new(1, 90, 300, 160, AttentionArrangement.Separate),
        new(1, 130, 333, 512, AttentionArrangement.Separate),
        new(2, 64, 200, 40, AttentionArrangement.Separate) { Sharpness = 20 },
        new(1, 530, 200, 20, AttentionArrangement.KeyValue),
    ];

    /// <summary>The attention layers of the latent-diffusion face model, of its conditional variants, and of its first stage.</summary>
    private static AttentionProblem[] Layers =>
    [
        new(14, 1024, 1024, 32, AttentionArrangement.FusedByHead),
        new(21, 256, 256, 32, AttentionArrangement.FusedByHead),
        new(28, 64, 64, 32, AttentionArrangement.FusedByHead),
        new(14, 1024, 77, 32, AttentionArrangement.Separate),
        new(21, 256, 300, 32, AttentionArrangement.Separate),
        new(1, 4096, 4096, 512, AttentionArrangement.Separate),
    ];

    private static OperationCase Forward(AttentionProblem problem, CaseScale scale, bool withLogSumExp = true)
    {
        var reference = new AttentionReference(problem);
        return new OperationCase
        {
            Name = problem.Name + (withLogSumExp ? "" : " without log-sum-exp"),
            Operands =
            [
                .. problem.Inputs.Select(input => Operand.Input(input.Name, input.Length, Fills.Normal()).ForEachImage()),
                Operand.Output("output", problem.OutputLength).ForEachImage(),
                .. withLogSumExp ? [LogSumExp(problem)] : Array.Empty<Operand>(),
            ],
            Launch = (device, operands) => AttentionOperations.Attention.Launch(device, new AttentionArguments
            {
                Query = problem.Query.Span(operands),
                Key = problem.Key.Span(operands),
                Value = problem.Value.Span(operands),
                Output = operands.Single("output"),
                LogSumExp = operands.Single("logSumExp"),
                QueryLayout = problem.Query.Layout,
                KeyLayout = problem.Key.Layout,
                ValueLayout = problem.Value.Layout,
                OutputLayout = problem.Output.Layout,
                Batch = problem.Batch,
                Heads = problem.Heads,
                Queries = problem.Queries,
                Keys = problem.Keys,
                HeadWidth = problem.Width,
                Scale = problem.Scale,
            }),
            Reference = CaseReference.Elements(reference.Forward),
            Tolerance = Tolerance.Sum(problem.Rounding),
            Scale = scale,
            Batch = problem.Batch,
            AtBatch = scale == CaseScale.Tiny
                ? batch => Forward(problem with { Batch = batch }, scale, withLogSumExp)
                : null,
        };
    }

    private static OperationCase Backward(AttentionProblem problem, CaseScale scale, bool checkDifferences)
    {
        var reference = new AttentionReference(problem);
        var check = new GradientCheck(
            Forward(problem, scale),
            [("output", "outputGradient")],
            [.. problem.Inputs.Select(input => (input.Name, input.Name + "Gradient"))]);

        // At a layer's size plausible stand-ins are enough: the gradients are defined for any saved output and log-sum-exp.
        var output = scale == CaseScale.Benchmark
            ? Fills.Normal(0, 0.1)
            : Fills.Derived(values => reference.All(values, "output", problem.OutputLength));
        var logSumExp = scale == CaseScale.Benchmark
            ? Fills.Constant(Math.Log(problem.Keys) + 0.5)
            : Fills.Derived(values => reference.All(values, "logSumExp", problem.Rows));
        return new OperationCase
        {
            Name = problem.Name,
            Operands =
            [
                .. problem.Inputs.Select(input => Operand.Input(input.Name, input.Length, Fills.Normal()).ForEachImage()),
                Operand.Input("output", problem.OutputLength, output).ForEachImage(),
                Operand.Input("logSumExp", problem.Rows, logSumExp).ForEachImage(),
                Operand.Input("outputGradient", problem.OutputLength, Fills.Normal()).ForEachImage(),
                .. problem.Inputs.Select(input => Operand.Output(input.Name + "Gradient", input.Length).ForEachImage()),
            ],
            Launch = (device, operands) => AttentionOperations.AttentionBackward.Launch(device, new AttentionBackwardArguments
            {
                Query = problem.Query.Span(operands),
                Key = problem.Key.Span(operands),
                Value = problem.Value.Span(operands),
                Output = operands.Single("output"),
                LogSumExp = operands.Single("logSumExp"),
                OutputGradient = operands.Single("outputGradient"),
                QueryGradient = problem.Query.Span(operands, "Gradient"),
                KeyGradient = problem.Key.Span(operands, "Gradient"),
                ValueGradient = problem.Value.Span(operands, "Gradient"),
                QueryLayout = problem.Query.Layout,
                KeyLayout = problem.Key.Layout,
                ValueLayout = problem.Value.Layout,
                OutputLayout = problem.Output.Layout,
                OutputGradientLayout = problem.Output.Layout,
                QueryGradientLayout = problem.Query.Layout,
                KeyGradientLayout = problem.Key.Layout,
                ValueGradientLayout = problem.Value.Layout,
                Batch = problem.Batch,
                Heads = problem.Heads,
                Queries = problem.Queries,
                Keys = problem.Keys,
                HeadWidth = problem.Width,
                Scale = problem.Scale,
            }),
            Reference = checkDifferences ? CaseReference.OfGradient(check) : CaseReference.Elements(reference.Backward),
            Gradient = checkDifferences ? check : null,

            // With one key, or a sharp softmax, score gradients are differences of equal numbers and only their rounding is left.
            Tolerance = new Tolerance(OfMaximum: 5 * problem.Rounding, Absolute: 1e-6 * problem.Sharpness),
            Scale = scale,
            Batch = problem.Batch,
            AtBatch = scale == CaseScale.Tiny
                ? batch => Backward(problem with { Batch = batch }, scale, checkDifferences)
                : null,
        };
    }

    private static Operand LogSumExp(AttentionProblem problem) => Operand.Output("logSumExp", problem.Rows).ForEachImage() with
    {
        Tolerance = Tolerance.Element(1e-6, 2e-6 * problem.Sharpness),
    };
}
