using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Normalization;

internal static class GroupNormCases
{
    /// <summary>
    /// About ten roundings lie between an element and its output, none of which is amplified: the input's distance from its mean is
    /// formed before anything else.
    /// </summary>
    private static readonly Tolerance OutputTolerance = Tolerance.Sum(2e-6);

    /// <summary>The mean is known to a part of the deviation, which is one here, and rounded once.</summary>
    private static readonly Tolerance MeanTolerance = new(OfMaximum: 1e-7, Absolute: 2e-6);

    public static IEnumerable<OperationCase> Forward()
    {
        foreach (var setup in Setups())
        {
            yield return Forward(setup);
        }

        yield return Forward(new GroupNormSetup(2, 9, 14, 2), saved: false);
    }

    public static OperationCase Forward(GroupNormSetup setup, bool saved = true)
    {
        var reference = new GroupNormReference(setup);
        return new OperationCase
        {
            Name = setup.Name + (saved ? "" : " nothing saved"),
            Operands = [.. setup.Inputs(), .. Outputs(setup, saved)],
            Launch = (device, operands) => NormalizationOperations.GroupNorm.Launch(device, new GroupNormArguments
            {
                Input = operands.Single("input"),
                Output = operands.Single(setup.InPlace ? "input" : "output"),
                Weight = operands.Single("weight"),
                Bias = operands.Single("bias"),
                Scale = setup.ScaleSpan(operands),
                Shift = setup.ShiftSpan(operands),
                ScaleShiftStride = setup.Stride,
                Mean = operands.Single("mean"),
                ReciprocalDeviation = operands.Single("reciprocalDeviation"),
                Batch = setup.Batch,
                Pixels = setup.Pixels,
                Channels = setup.Channels,
                Groups = setup.Groups,
                Epsilon = GroupNormSetup.Epsilon,
                Silu = setup.Silu,
            }),
            Reference = CaseReference.Elements(reference.Compute),
            Tolerance = OutputTolerance,
            Scale = setup.Scale,
            Batch = setup.Batch,
            AtBatch = setup.Scale == CaseScale.Benchmark ? null : batch => Forward(setup with { Batch = batch }, saved),
        };
    }

    private static IEnumerable<Operand> Outputs(GroupNormSetup setup, bool saved)
    {
        if (!setup.InPlace)
        {
            yield return Operand.Output("output", setup.Batch * setup.Pixels * setup.Channels).ForEachImage();
        }

        if (saved)
        {
            yield return Operand.Output("mean", setup.Batch * setup.Groups).ForEachImage() with { Tolerance = MeanTolerance };
            yield return Operand.Output("reciprocalDeviation", setup.Batch * setup.Groups).ForEachImage() with
            {
                Tolerance = Tolerance.Element(4e-6),
            };
        }
    }

    private static IEnumerable<GroupNormSetup> Setups()
    {
        // One element, one channel to a group, groups wider than a vector, channels that fill neither vectors nor tiles.
        yield return new GroupNormSetup(1, 1, 1, 1);
        yield return new GroupNormSetup(1, 5, 6, 6) { Silu = true };
        yield return new GroupNormSetup(2, 9, 14, 2) { Silu = true };
        yield return new GroupNormSetup(1, 7, 35, 5) { Affine = false };
        yield return new GroupNormSetup(2, 12, 40, 2) { ScaleShift = ScaleShiftOperands.Separate };
        yield return new GroupNormSetup(3, 6, 12, 3) { ScaleShift = ScaleShiftOperands.Halves, Silu = true };
        yield return new GroupNormSetup(2, 3, 66, 1) { Affine = false, ScaleShift = ScaleShiftOperands.Halves };
        yield return new GroupNormSetup(1, 30, 24, 4) { Mean = 1000, Silu = true };
        yield return new GroupNormSetup(1, 150, 17, 1);
        yield return new GroupNormSetup(2, 67, 20, 4) { InPlace = true };

        // Several parts to an image, the last one short; blocks of rows within a part; a large mean through all of it.
        yield return new GroupNormSetup(2, 423, 96, 32) { Silu = true, Scale = CaseScale.Small };
        yield return new GroupNormSetup(1, 1001, 67, 67) { Scale = CaseScale.Small };

        // More images than a grid has groups along y and z.
        yield return new GroupNormSetup(65_537, 1, 4, 1) { ScaleShift = ScaleShiftOperands.Separate, Scale = CaseScale.Small };
        yield return new GroupNormSetup(2, 171, 224, 32)
        {
            Mean = 1000,
            ScaleShift = ScaleShiftOperands.Separate,
            Scale = CaseScale.Small,
        };
        yield return new GroupNormSetup(1, 100, 1000, 8) { Silu = true, Scale = CaseScale.Small };

        foreach (var (batch, pixels, channels) in new[]
        {
            (1, 4096, 224), (1, 1024, 448), (1, 256, 672), (1, 64, 896), (4, 4096, 224), (1, 65536, 128),
        })
        {
            yield return new GroupNormSetup(batch, pixels, channels, 32) { Silu = true, Scale = CaseScale.Benchmark };
        }
    }
}
