namespace KernelDiff.Benchmarks;

/// <summary>Distances of vectors.</summary>
internal static class RelativeDifference
{
    /// <summary>|found - expected| / |expected - origin|, in L2 norms.</summary>
    /// <param name="found">A vector.</param>
    /// <param name="expected">What it should be.</param>
    /// <param name="origin">Where both come from; null for zero.</param>
    public static double Of(float[] found, float[] expected, float[]? origin = null)
    {
        var (difference, length) = (0.0, 0.0);
        for (var i = 0; i < expected.Length; i++)
        {
            double distance = found[i] - expected[i], way = expected[i] - (origin?[i] ?? 0);
            difference += distance * distance;
            length += way * way;
        }

        return Math.Sqrt(difference / length);
    }
}
