namespace KernelDiff.Kernels.Measurement;

/// <summary>What a series of timings says. Times on a shared machine have a long upper tail, so nothing here is a mean.</summary>
/// <param name="Median">Half of the samples are at most this long, in seconds.</param>
/// <param name="Low">The 20th percentile, in seconds.</param>
/// <param name="High">The 80th percentile, in seconds.</param>
/// <param name="Minimum">The shortest sample, in seconds.</param>
/// <param name="Count">Number of samples.</param>
public sealed record SampleSummary(double Median, double Low, double High, double Minimum, int Count)
{
    /// <summary>The distance between the two percentiles as a part of the median.</summary>
    public double Spread => (High - Low) / Median;

    /// <param name="seconds">Durations, in any order.</param>
    /// <exception cref="ArgumentException">There are no samples.</exception>
    public static SampleSummary Of(IEnumerable<double> seconds)
    {
        var sorted = seconds.Order().ToArray();
        if (sorted.Length == 0)
        {
            throw new ArgumentException("A summary needs at least one sample.", nameof(seconds));
        }

        return new SampleSummary(Quantile(sorted, 0.5), Quantile(sorted, 0.2), Quantile(sorted, 0.8), sorted[0], sorted.Length);
    }

    /// <summary>Linear between the two nearest samples.</summary>
    /// <param name="sorted">Samples in ascending order, at least one.</param>
    /// <param name="part">0 for the smallest, 0.5 for the median, 1 for the largest.</param>
    public static double Quantile(IReadOnlyList<double> sorted, double part)
    {
        ArgumentNullException.ThrowIfNull(sorted);
        var position = part * (sorted.Count - 1);
        var below = (int)position;
        var above = Math.Min(below + 1, sorted.Count - 1);
        return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }
}
