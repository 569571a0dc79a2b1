using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Normalization;

/// <summary>Which gradients a case asks for.</summary>
internal enum WantedGradients
{
    All,
    InputOnly,
    ParametersOnly,
    BiasOnly,

    /// <summary>All, with those of weight and bias added to what is there.</summary>
    AllAccumulated,

    /// <summary>The input gradient takes the place of the output gradient.</summary>
    InPlace,
}

internal static class GroupNormBackwardCases
{
    public static IEnumerable<OperationCase> All()
    {
        // Checked against finite differences, which evaluate the forward reference twice for every element: really tiny.
        yield return Tiny(new GroupNormSetup(1, 3, 4, 2));
        yield return Tiny(new GroupNormSetup(2, 4, 6, 2) { Silu = true });
        yield return Tiny(new GroupNormSetup(1, 2, 19, 1) { Affine = false, Silu = true });
        yield return Tiny(new GroupNormSetup(2, 3, 6, 3) { ScaleShift = ScaleShiftOperands.Separate });
        yield return Tiny(new GroupNormSetup(2, 3, 6, 2) { ScaleShift = ScaleShiftOperands.Halves, Silu = true });
        yield return Tiny(new GroupNormSetup(2, 5, 4, 4) { Affine = false, ScaleShift = ScaleShiftOperands.Separate, Silu = true });
        yield return Tiny(new GroupNormSetup(2, 3, 6, 2) { ScaleShift = ScaleShiftOperands.Separate }, WantedGradients.InputOnly);
        yield return Tiny(new GroupNormSetup(2, 3, 6, 2) { ScaleShift = ScaleShiftOperands.Halves }, WantedGradients.ParametersOnly);
        yield return Tiny(new GroupNormSetup(2, 3, 6, 2), WantedGradients.BiasOnly);
        yield return Tiny(new GroupNormSetup(2, 3, 6, 2), WantedGradients.InPlace);
        yield return Create(new GroupNormSetup(2, 3, 6, 2), WantedGradients.AllAccumulated, null);

        yield return Create(new GroupNormSetup(2, 37, 40, 4) { Silu = true }, WantedGradients.All, null);
        yield return Create(
            new GroupNormSetup(1, 20, 12, 3) { Mean = 1000, ScaleShift = ScaleShiftOperands.Separate }, WantedGradients.All, null);
        foreach (var setup in new[]
        {
            new GroupNormSetup(2, 423, 96, 32) { Silu = true },
            new GroupNormSetup(1, 1001, 67, 67),
            new GroupNormSetup(2, 171, 224, 32) { ScaleShift = ScaleShiftOperands.Halves },
        })
        {
            yield return Create(setup with { Scale = CaseScale.Small }, WantedGradients.All, null);
        }

        // More images than a grid has groups along y and z.
        yield return Create(
            new GroupNormSetup(65_537, 1, 4, 1) { ScaleShift = ScaleShiftOperands.Halves, Scale = CaseScale.Small },
            WantedGradients.AllAccumulated,
            null);

        foreach (var (batch, pixels, channels) in new[] { (1, 4096, 224), (1, 256, 672), (4, 4096, 224), (1, 65536, 128) })
        {
            yield return Create(
                new GroupNormSetup(batch, pixels, channels, 32) { Silu = true, Scale = CaseScale.Benchmark }, WantedGradients.All, null);
        }
    }

    /// <summary>The gradients of a layer of a network.</summary>
    internal static OperationCase OfLayer(GroupNormSetup setup) => Create(setup, WantedGradients.All, null);

    private static OperationCase Tiny(GroupNormSetup setup, WantedGradients wanted = WantedGradients.All)
    {
        var gradients = new List<(string, string)>();
        if (wanted is not (WantedGradients.ParametersOnly or WantedGradients.BiasOnly))
        {
            gradients.Add(("input", InputGradientName(wanted)));
        }

        if (wanted != WantedGradients.InputOnly)
        {
            gradients.AddRange(Parameters(setup, wanted).Select(operand => (operand.Name, operand.Name + "Gradient")));
        }

        return Create(setup, wanted, wanted == WantedGradients.InPlace ? null : new GradientCheck(
            GroupNormCases.Forward(setup), [("output", "outputGradient")], gradients));
    }

    private static OperationCase Create(GroupNormSetup setup, WantedGradients wanted, GradientCheck? check)
    {
        var reference = new GroupNormBackwardReference(setup, wanted);
        return new OperationCase
        {
            Name = $"{setup.Name} {wanted}",
            Operands = [.. Operands(setup, wanted)],
            Launch = (device, operands) => NormalizationOperations.GroupNormBackward.Launch(device, new GroupNormBackwardArguments
            {
                Input = operands.Single("input"),
                Mean = operands.Single("mean"),
                ReciprocalDeviation = operands.Single("reciprocalDeviation"),
                OutputGradient = operands.Single("outputGradient"),
                Weight = operands.Single("weight"),
                Bias = operands.Single("bias"),
                Scale = setup.ScaleSpan(operands),
                Shift = setup.ShiftSpan(operands),
                ScaleShiftStride = setup.Stride,
                InputGradient = operands.Single(InputGradientName(wanted)),
                WeightGradient = operands.Single("weightGradient"),
                BiasGradient = operands.Single("biasGradient"),
                ScaleGradient = wanted == WantedGradients.InputOnly ? default : setup.ScaleSpan(operands, "Gradient"),
                ShiftGradient = wanted == WantedGradients.InputOnly ? default : setup.ShiftSpan(operands, "Gradient"),
                Accumulate = wanted == WantedGradients.AllAccumulated,
                Batch = setup.Batch,
                Pixels = setup.Pixels,
                Channels = setup.Channels,
                Groups = setup.Groups,
                Silu = setup.Silu,
            }),
            Reference = CaseReference.Elements(reference.Compute),
            Gradient = check,
            Tolerance = Tolerance.Sum(4e-6),
            Scale = setup.Scale,
            Batch = setup.Batch,
            AtBatch = setup.Scale == CaseScale.Benchmark || check is null && wanted != WantedGradients.All
                ? null
                : batch => Create(setup with { Batch = batch }, wanted, null),
        };
    }

    private static IEnumerable<Operand> Parameters(GroupNormSetup setup, WantedGradients wanted) =>
        setup.Inputs().Skip(1).Where(input => wanted != WantedGradients.BiasOnly || input.Name == "bias");

    private static string InputGradientName(WantedGradients wanted) =>
        wanted == WantedGradients.InPlace ? "outputGradient" : "inputGradient";

    private static IEnumerable<Operand> Operands(GroupNormSetup setup, WantedGradients wanted)
    {
        var statistics = new GroupNormReference(setup);
        var (groups, elements) = (setup.Batch * setup.Groups, setup.Batch * setup.Pixels * setup.Channels);
        foreach (var operand in setup.Inputs())
        {
            yield return operand;
        }

        yield return Operand.Input("mean", groups, Fills.Derived(values =>
            [.. Enumerable.Range(0, groups).Select(i => statistics.Statistics(values, i).Mean)])).ForEachImage();
        yield return Operand.Input("reciprocalDeviation", groups, Fills.Derived(values =>
            [.. Enumerable.Range(0, groups).Select(i => statistics.Statistics(values, i).ReciprocalDeviation)])).ForEachImage();
        yield return (wanted == WantedGradients.InPlace
            ? Operand.InputOutput("outputGradient", elements, Fills.Normal())
            : Operand.Input("outputGradient", elements, Fills.Normal())).ForEachImage();
        if (wanted is not (WantedGradients.ParametersOnly or WantedGradients.BiasOnly or WantedGradients.InPlace))
        {
            yield return Operand.Output("inputGradient", elements).ForEachImage();
        }

        if (wanted == WantedGradients.InputOnly)
        {
            yield break;
        }

        foreach (var input in Parameters(setup, wanted))
        {
            var name = input.Name + "Gradient";
            yield return wanted == WantedGradients.AllAccumulated
                ? Operand.InputOutput(name, input.Length, Fills.Normal())
                : Operand.Output(name, input.Length) with { PerImage = input.PerImage };
        }
    }
}
