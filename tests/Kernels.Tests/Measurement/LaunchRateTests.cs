using KernelDiff.Kernels.Measurement;

namespace KernelDiff.Kernels.Tests.Measurement;

public sealed class LaunchRateTests
{
    [Test]
    public void A_launch_with_much_arithmetic_is_bound_by_compute()
    {
        var rate = Rate(bytes: 100, operations: 1000, seconds: 2, peakOperations: 1000, peakBytes: 1000);

        Assert.That(rate, Is.EqualTo(new LaunchRate(50, 500, 0.5, LaunchBound.Compute)));
    }

    [Test]
    public void A_launch_with_little_arithmetic_is_bound_by_memory()
    {
        var rate = Rate(bytes: 1000, operations: 100, seconds: 2, peakOperations: 1000, peakBytes: 1000);

        Assert.That(rate, Is.EqualTo(new LaunchRate(500, 50, 0.5, LaunchBound.Memory)));
    }

    [Test]
    public void Geometric_mean_multiplies_and_leaves_out_what_has_no_rate()
    {
        Assert.That(LaunchRate.GeometricMean([1, 0, 4, 16]), Is.EqualTo(4).Within(1e-12));
        Assert.That(LaunchRate.GeometricMean([0]), Is.Null);
    }

    private static LaunchRate Rate(long bytes, long operations, double seconds, double peakOperations, double peakBytes) => LaunchRate.Of(
        new LaunchRecord("cpu", "silu", "simd", "1", bytes, operations, TimeSpan.Zero, TimeSpan.Zero), seconds, peakOperations, peakBytes);
}
