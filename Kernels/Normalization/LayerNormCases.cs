using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Normalization;

/// <summary>Sizes and options of a case of layer normalisation.</summary>
internal sealed record LayerNormSetup(int Rows, int Columns)
{
    public const float Epsilon = 1e-5f;

    public bool HasWeight { get; init; } = true;

    public bool HasBias { get; init; } = true;

    /// <summary>Forward only: the output takes the input's place.</summary>
    public bool InPlace { get; init; }

    public double Mean { get; init; } = 0.5;

    public CaseScale Scale { get; init; }

    /// <summary>Backward only.</summary>
    public WantedGradients Wanted { get; init; }

    public string Name =>
        $"{Rows}x{Columns}{(HasWeight ? "" : " no weight")}{(HasBias ? "" : " no bias")}{(Mean == 1000 ? " mean 1000" : "")}"
        + (InPlace ? " in place" : "");

    public IEnumerable<Operand> Inputs()
    {
        yield return (InPlace
            ? Operand.InputOutput("input", Rows * Columns, Fills.Normal(Mean))
            : Operand.Input("input", Rows * Columns, Fills.Normal(Mean))).ForEachImage();
        if (HasWeight)
        {
            yield return Operand.Input("weight", Columns, Fills.Normal(1, 0.3));
        }

        if (HasBias)
        {
            yield return Operand.Input("bias", Columns, Fills.Normal(0, 0.3));
        }
    }
}

internal static class LayerNormCases
{
    public static IEnumerable<OperationCase> Forward()
    {
        // Fewer columns than a vector, a whole number of vectors, a few more; more rows than a group of threads takes.
        yield return Forward(new LayerNormSetup(1, 1));
        yield return Forward(new LayerNormSetup(5, 3));
        yield return Forward(new LayerNormSetup(3, 32) { HasBias = false });
        yield return Forward(new LayerNormSetup(9, 37) { HasWeight = false });
        yield return Forward(new LayerNormSetup(2, 301) { HasWeight = false, HasBias = false });
        yield return Forward(new LayerNormSetup(4, 70) { Mean = 1000 });
        yield return Forward(new LayerNormSetup(7, 50), saved: false);
        yield return Forward(new LayerNormSetup(3, 90) { InPlace = true });
        yield return Forward(new LayerNormSetup(300, 100) { Scale = CaseScale.Small });
        yield return Forward(new LayerNormSetup(3, 5003) { Scale = CaseScale.Small, Mean = 1000 });
        yield return Forward(new LayerNormSetup(4096, 320) { Scale = CaseScale.Benchmark });
        yield return Forward(new LayerNormSetup(1024, 1280) { Scale = CaseScale.Benchmark });
    }

    public static OperationCase Forward(LayerNormSetup setup, bool saved = true)
    {
        var reference = new LayerNormReference(setup);
        var operands = new List<Operand>(setup.Inputs());
        if (!setup.InPlace)
        {
            operands.Add(Operand.Output("output", setup.Rows * setup.Columns).ForEachImage());
        }

        if (saved)
        {
            operands.Add(Operand.Output("mean", setup.Rows).ForEachImage() with
            {
                // Known to a part of the deviation, which is one, and rounded once.
                Tolerance = new Tolerance(OfMaximum: 1e-7, Absolute: 2e-6),
            });
            operands.Add(Operand.Output("reciprocalDeviation", setup.Rows).ForEachImage() with { Tolerance = Tolerance.Element(4e-6) });
        }

        return new OperationCase
        {
            Name = setup.Name + (saved ? "" : " nothing saved"),
            Operands = operands,
            Launch = (device, operands) => NormalizationOperations.LayerNorm.Launch(device, new LayerNormArguments
            {
                Input = operands.Single("input"),
                Output = operands.Single(setup.InPlace ? "input" : "output"),
                Weight = operands.Single("weight"),
                Bias = operands.Single("bias"),
                Mean = operands.Single("mean"),
                ReciprocalDeviation = operands.Single("reciprocalDeviation"),
                Rows = setup.Rows,
                Columns = setup.Columns,
                Epsilon = LayerNormSetup.Epsilon,
            }),
            Reference = CaseReference.Elements(reference.Forward),

            // About ten roundings, none amplified: the distance from the mean is formed before anything else.
            Tolerance = Tolerance.Sum(2e-6),
            Scale = setup.Scale,
            Batch = setup.Rows,
            AtBatch = setup.Scale == CaseScale.Benchmark ? null : rows => Forward(setup with { Rows = rows }, saved),
        };
    }

    public static IEnumerable<OperationCase> Backward()
    {
        yield return Backward(new LayerNormSetup(1, 3), true);
        yield return Backward(new LayerNormSetup(4, 5), true);
        yield return Backward(new LayerNormSetup(3, 19) { HasBias = false }, true);
        yield return Backward(new LayerNormSetup(2, 33) { HasWeight = false }, true);
        yield return Backward(new LayerNormSetup(2, 18) { HasWeight = false, HasBias = false }, true);
        foreach (var wanted in Enum.GetValues<WantedGradients>())
        {
            yield return Backward(new LayerNormSetup(7, 21) { Wanted = wanted }, false);
        }

        yield return Backward(new LayerNormSetup(150, 20), false);
        yield return Backward(new LayerNormSetup(12, 40) { Mean = 1000 }, false);
        yield return Backward(new LayerNormSetup(2501, 70) { Scale = CaseScale.Small }, false);
        yield return Backward(new LayerNormSetup(3, 5003) { Scale = CaseScale.Small }, false);
        yield return Backward(new LayerNormSetup(4096, 320) { Scale = CaseScale.Benchmark }, false);
    }

    private static OperationCase Backward(LayerNormSetup setup, bool differentiate)
    {
        var reference = new LayerNormReference(setup);
        var inputGradient = setup.Wanted == WantedGradients.InPlace ? "outputGradient" : "inputGradient";
        return new OperationCase
        {
            Name = $"{setup.Name} {setup.Wanted}",
            Operands = [.. BackwardOperands(setup, reference)],
            Launch = (device, operands) => NormalizationOperations.LayerNormBackward.Launch(device, new LayerNormBackwardArguments
            {
                Input = operands.Single("input"),
                Mean = operands.Single("mean"),
                ReciprocalDeviation = operands.Single("reciprocalDeviation"),
                OutputGradient = operands.Single("outputGradient"),
                Weight = operands.Single("weight"),
                InputGradient = operands.Single(inputGradient),
                WeightGradient = operands.Single("weightGradient"),
                BiasGradient = operands.Single("biasGradient"),
                Accumulate = setup.Wanted == WantedGradients.AllAccumulated,
                Rows = setup.Rows,
                Columns = setup.Columns,
            }),
            Reference = CaseReference.Elements(reference.Backward),
            Gradient = !differentiate ? null : new GradientCheck(
                Forward(setup),
                [("output", "outputGradient")],
                [.. setup.Inputs().Select(input => (input.Name, input.Name + "Gradient"))]),

            // The saved mean is rounded to fp32: at 1000 it is off by up to 3e-5 deviations.
            Tolerance = Tolerance.Sum(setup.Mean == 1000 ? 1e-4 : 4e-6),
            Scale = setup.Scale,
            Batch = setup.Rows,
            AtBatch = setup.Scale == CaseScale.Benchmark ? null : rows => Backward(setup with { Rows = rows }, false),
        };
    }

    private static IEnumerable<Operand> BackwardOperands(LayerNormSetup setup, LayerNormReference reference)
    {
        var elements = setup.Rows * setup.Columns;
        foreach (var operand in setup.Inputs())
        {
            yield return operand;
        }

        yield return Operand.Input("mean", setup.Rows, Fills.Derived(values =>
            [.. Enumerable.Range(0, setup.Rows).Select(row => reference.Statistics(values, row).Mean)])).ForEachImage();
        yield return Operand.Input("reciprocalDeviation", setup.Rows, Fills.Derived(values =>
            [.. Enumerable.Range(0, setup.Rows).Select(row => reference.Statistics(values, row).ReciprocalDeviation)])).ForEachImage();
        yield return (setup.Wanted == WantedGradients.InPlace
            ? Operand.InputOutput("outputGradient", elements, Fills.Normal())
            : Operand.Input("outputGradient", elements, Fills.Normal())).ForEachImage();
        if (setup.Wanted is WantedGradients.All or WantedGradients.InputOnly or WantedGradients.AllAccumulated)
        {
            yield return Operand.Output("inputGradient", elements).ForEachImage();
        }

        foreach (var parameter in setup.Inputs().Skip(1))
        {
            if (setup.Wanted == WantedGradients.InputOnly || (setup.Wanted == WantedGradients.BiasOnly && parameter.Name != "bias"))
            {
                continue;
            }

            yield return setup.Wanted == WantedGradients.AllAccumulated
                ? Operand.InputOutput(parameter.Name + "Gradient", parameter.Length, Fills.Normal())
                : Operand.Output(parameter.Name + "Gradient", parameter.Length);
        }
    }
}
