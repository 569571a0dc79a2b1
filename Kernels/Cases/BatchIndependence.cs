using System.Globalization;

namespace KernelDiff.Kernels.Cases;

/// <summary>Checks that an image has the same bits alone as in a batch of five.</summary>
public static class BatchIndependence
{
    private const int Images = 5;

    /// <exception cref="InvalidOperationException">The case has no batch.</exception>
    public static CaseResult Check(Device device, OperationCase operationCase)
    {
        ArgumentNullException.ThrowIfNull(operationCase);
        var atBatch = operationCase.AtBatch ?? throw new InvalidOperationException("The case has no batch.");
        var (many, one) = (atBatch(Images), atBatch(1));
        using var batch = new CaseRun(device, many);
        batch.Launch();
        foreach (var image in new[] { 0, Images - 1 })
        {
            using var alone = new CaseRun(device, one, Slice(many, one, batch.Values, image));
            alone.Launch();
            foreach (var operand in one.Operands.Where(operand => operand.IsWritten && operand.PerImage))
            {
                var expected = alone.Read(operand.Name);
                var found = batch.Read(operand.Name).AsSpan(image * operand.Length, operand.Length);
                for (var i = 0; i < expected.Length; i++)
                {
                    if (!found[i].Equals(expected[i]))
                    {
                        return new CaseResult(double.PositiveInfinity, string.Create(
                            CultureInfo.InvariantCulture,
                            $"{operand.Name}[{i}] of image {image} is {found[i]:G9} in a batch of {Images}, {expected[i]:G9} alone."));
                    }
                }
            }
        }

        return new CaseResult(0, null);
    }

    private static CaseValues Slice(OperationCase many, OperationCase one, CaseValues values, int image)
    {
        var slice = new CaseValues();
        foreach (var operand in one.Operands)
        {
            var all = values[operand.Name];
            var expected = operand.PerImage ? operand.Length * Images : operand.Length;
            if (all.Length != expected)
            {
                throw new InvalidOperationException(
                    $"The operand '{operand.Name}' has {all.Length} elements in '{many.Name}', {expected} are expected from '{one.Name}'.");
            }

            slice[operand.Name] = operand.PerImage ? all.AsSpan(image * operand.Length, operand.Length).ToArray() : all;
        }

        return slice;
    }
}
