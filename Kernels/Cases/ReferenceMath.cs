namespace KernelDiff.Kernels.Cases;

/// <summary>The error function in double precision, by series and by continued fraction.</summary>
internal static class ReferenceMath
{
    public static double Erf(double x)
    {
        double magnitude = Math.Abs(x);
        return magnitude < 2 ? Series(x) : Math.CopySign(1 - Erfc(magnitude), x);
    }

    public static double Erfc(double x) => x < 2 ? 1 - Erf(x) : Math.Exp(-x * x) / (Math.Sqrt(Math.PI) * ContinuedFraction(x));

    public static double NormalDistribution(double x) => Erfc(-x / Math.Sqrt(2)) / 2;

    // erf(x) = 2/sqrt(pi) e^(-x^2) sum of 2^n x^(2n+1) / (1 * 3 * ... * (2n+1)): all terms of one sign.
    private static double Series(double x)
    {
        double term = x;
        double sum = x;
        for (int n = 1; n < 100; n++)
        {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    // erfc(x) = e^(-x^2) / sqrt(pi) / (x + (1/2)/(x + 1/(x + (3/2)/(x + ...)))).
    private static double ContinuedFraction(double x)
    {
        double value = x;
        for (int n = 120; n > 0; n--)
            value = x + n / 2.0 / value;
        return value;
    }
}
