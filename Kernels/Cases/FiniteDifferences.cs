namespace KernelDiff.Kernels.Cases;

/// <summary>Central differences of a forward reference, in double precision: the error is of order step squared.</summary>
internal static class FiniteDifferences
{
    /// <summary>d sum(cotangent * output) / d input, for every element of <paramref name="input"/>.</summary>
    public static double[] Gradient(GradientCheck check, CaseValues backward, string input)
    {
        var length = backward[input].Length;
        var gradient = new double[length];
        for (var i = 0; i < length; i++)
        {
            gradient[i] = (Value(check, backward, input, i, check.Step) - Value(check, backward, input, i, -check.Step)) / (2 * check.Step);
        }

        return gradient;
    }

    private static double Value(GradientCheck check, CaseValues backward, string input, int index, double step)
    {
        var forward = new CaseValues();
        foreach (var operand in check.Forward.Operands)
        {
            forward[operand.Name] = operand.Role == OperandRole.Output
                ? new double[operand.Length]
                : (double[])backward[operand.Name].Clone();
        }

        forward[input][index] += step;
        var sum = 0.0;
        foreach (var (output, cotangent) in check.Cotangents)
        {
            var weights = backward[cotangent];
            var found = check.Forward.Reference.Evaluate(forward, output, [.. Enumerable.Range(0, weights.Length)]);
            for (var i = 0; i < weights.Length; i++)
            {
                sum += weights[i] * found[i];
            }
        }

        return sum;
    }
}
