using System.Globalization;

namespace KernelDiff.Kernels.Cases;

/// <summary>The outcome of a comparison.</summary>
/// <param name="Error">Largest difference divided by the allowed one; at most 1 passes.</param>
/// <param name="Message">What differed and where, null if it passed.</param>
public sealed record CaseResult(double Error, string? Message)
{
    public bool Passed => Message is null;
}

/// <summary>A case with its operands on a device: launch it, compare it, time it.</summary>
public sealed class CaseRun : IDisposable
{
    private readonly Device device;
    private readonly OperationCase operationCase;
    private readonly CaseOperands operands;

    public CaseRun(Device device, OperationCase operationCase)
        : this(device, operationCase, CaseValues.Create(operationCase))
    {
    }

    /// <param name="device">Where to run it.</param>
    /// <param name="operationCase">What to run.</param>
    /// <param name="values">Values of the inputs.</param>
    /// <param name="offset">Elements of its buffer before the first one of an operand.</param>
    public CaseRun(Device device, OperationCase operationCase, CaseValues values, int offset = 0)
    {
        this.device = device;
        this.operationCase = operationCase;
        Values = values;
        operands = new CaseOperands(device, operationCase, values, offset);
    }

    public CaseValues Values { get; }

    /// <summary>Launches the case on the values it has now; operands that are read and written go on from where they are.</summary>
    public void Launch() => operationCase.Launch(device, operands);

    /// <summary>Puts operands that are read and written back to their first values.</summary>
    public void Restore() => operands.Restore(operationCase, Values);

    /// <summary>Sets every bit of the outputs, which is NaN: what a launch leaves unwritten shows.</summary>
    public void InvalidateOutputs() => operands.InvalidateOutputs(operationCase);

    /// <summary>What the device holds for an operand.</summary>
    public double[] Read(string name) => operands.Read(operationCase.Operands.Single(operand => operand.Name == name));

    /// <summary>Compares every output with the reference.</summary>
    /// <param name="samples">The most elements of an output to compare where the reference can be sampled.</param>
    /// <param name="variant">What ran, where a variant may have a tolerance of its own.</param>
    public CaseResult Compare(int samples = int.MaxValue, string? variant = null) =>
        CompareOutputs((operand, indices) => operationCase.Reference.Evaluate(Values, operand.Name, indices), samples, variant);

    /// <summary>Compares every gradient with finite differences of the forward reference.</summary>
    /// <param name="variant">What ran, where a variant may have a tolerance of its own.</param>
    /// <exception cref="InvalidOperationException">The case is not one of a backward operation.</exception>
    public CaseResult CompareGradients(string? variant = null)
    {
        var check = operationCase.Gradient ?? throw new InvalidOperationException("The case states no gradient.");
        var inputs = check.Gradients.ToDictionary(pair => pair.Gradient, pair => pair.Input);
        return CompareOutputs(
            (operand, indices) =>
            {
                if (!inputs.TryGetValue(operand.Name, out var input))
                {
                    return null;
                }

                var gradient = FiniteDifferences.Gradient(check, Values, input);
                return Array.ConvertAll(indices, index => gradient[index]);
            },
            int.MaxValue,
            variant);
    }

    public void Dispose() => operands.Dispose();

    private CaseResult CompareOutputs(Func<Operand, int[], double[]?> expectedOf, int samples, string? variant)
    {
        var tolerance = variant is null ? operationCase.Tolerance : operationCase.VariantTolerances.GetValueOrDefault(variant, operationCase.Tolerance);
        var worst = 0.0;
        foreach (var operand in operationCase.Operands.Where(operand => operand.IsWritten))
        {
            var indices = Indices(operand.Length, operationCase.Reference.IsSampled ? samples : int.MaxValue);
            var expected = expectedOf(operand, indices);
            if (expected is null)
            {
                continue;
            }

            var all = operands.Read(operand);
            var found = Array.ConvertAll(indices, index => all[index]);
            var (error, at) = (operand.Tolerance ?? tolerance).Compare(found, expected);
            worst = Math.Max(worst, error);
            if (!(error <= 1))
            {
                return new CaseResult(error, string.Create(
                    CultureInfo.InvariantCulture,
                    $"{operand.Name}[{indices[at]}] of {operand.Length} is {found[at]:G9}, expected {expected[at]:G9}: {error:G3} times the tolerance."));
            }
        }

        return new CaseResult(worst, null);
    }

    /// <summary>All indices, or an even spread that contains the first and the last and is coprime to common row lengths.</summary>
    private static int[] Indices(int length, int samples)
    {
        if (length <= samples)
        {
            return [.. Enumerable.Range(0, length)];
        }

        var indices = new int[samples];
        for (var i = 0; i < samples; i++)
        {
            indices[i] = (int)((long)(length - 1) * i / (samples - 1));
        }

        return indices;
    }
}
