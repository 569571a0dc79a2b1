namespace KernelDiff.Kernels.Cases;

/// <summary>How far a result may be from its reference.</summary>
/// <param name="OfMaximum">Allowed difference as a part of the largest expected magnitude of the output.</param>
/// <param name="Relative">Allowed difference as a part of the expected element.</param>
/// <param name="Absolute">Allowed difference.</param>
public sealed record Tolerance(double OfMaximum = 0, double Relative = 0, double Absolute = 0)
{
    /// <summary>Copies, integers and comparisons.</summary>
    public static Tolerance Exact { get; } = new();

    /// <summary>For sums: rounding is relative to the largest terms, so elements that cancel keep its absolute size.</summary>
    public static Tolerance Sum(double ofMaximum) => new(OfMaximum: ofMaximum);

    /// <summary>For element-wise formulas without cancellation.</summary>
    public static Tolerance Element(double relative, double absolute = 1e-30) => new(Relative: relative, Absolute: absolute);

    /// <summary>The largest difference divided by what is allowed (at most 1 passes), and where it is.</summary>
    internal (double Error, int Index) Compare(double[] found, double[] expected)
    {
        var maximum = 0.0;
        foreach (var value in expected)
        {
            if (double.IsFinite(value))
            {
                maximum = Math.Max(maximum, Math.Abs(value));
            }
        }

        var worst = (Error: 0.0, Index: 0);
        for (var i = 0; i < expected.Length; i++)
        {
            var error = ErrorOf(found[i], expected[i], maximum);
            if (error > worst.Error)
            {
                worst = (error, i);
            }
        }

        return worst;
    }

    private double ErrorOf(double found, double expected, double maximum)
    {
        if (found.Equals(expected))
        {
            return 0;
        }

        // A float that overflowed agrees with a double that is beyond the range of floats.
        if (!double.IsFinite(found) || !double.IsFinite(expected))
        {
            return found.Equals((double)(float)expected) ? 0 : double.PositiveInfinity;
        }

        var allowed = (OfMaximum * maximum) + (Relative * Math.Abs(expected)) + Absolute;
        return allowed == 0 ? (found == expected ? 0 : double.PositiveInfinity) : Math.Abs(found - expected) / allowed;
    }
}
