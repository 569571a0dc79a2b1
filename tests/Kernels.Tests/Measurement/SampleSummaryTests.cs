using KernelDiff.Kernels.Measurement;

namespace KernelDiff.Kernels.Tests.Measurement;

public sealed class SampleSummaryTests
{
    [Test]
    public void Percentiles_are_taken_of_the_sorted_samples()
    {
        var summary = SampleSummary.Of([6, 1, 5, 2, 4, 3]);

        Assert.That(summary, Is.EqualTo(new SampleSummary(Median: 3.5, Low: 2, High: 5, Minimum: 1, Count: 6)));
        Assert.That(summary.Spread, Is.EqualTo(3 / 3.5).Within(1e-15));
    }

    [Test]
    public void A_single_sample_is_every_percentile()
    {
        Assert.That(SampleSummary.Of([2]), Is.EqualTo(new SampleSummary(2, 2, 2, 2, 1)));
    }

    [Test]
    public void A_rare_disturbance_does_not_move_the_median()
    {
        Assert.That(SampleSummary.Of([1, 1, 1, 1000]).Median, Is.EqualTo(1));
    }

    [Test]
    public void No_samples_make_no_summary()
    {
        Assert.That(() => SampleSummary.Of([]), Throws.ArgumentException);
    }
}
