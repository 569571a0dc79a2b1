using KernelDiff.Kernels.Gpu;
using KernelDiff.Kernels.Measurement;

namespace KernelDiff.Kernels.Tests.Measurement;

public sealed class DevicePeakTests
{
    private static IEnumerable<string> Devices() => ["cpu", "opencl"];

    [TestCaseSource(nameof(Devices))]
    public void Peaks_are_measured_and_leave_no_memory_behind(string kind)
    {
        using var device = DeviceCatalog.Open(kind == "cpu" ? kind : TestEnvironment.RequirePocl());
        using (var peak = new DevicePeak(device))
        {
            Assert.That(peak.FloatingPointOperationsPerSecond, Is.Positive.And.LessThan(double.PositiveInfinity));
            Assert.That(peak.BytesPerSecond(1 << 20), Is.Positive.And.LessThan(double.PositiveInfinity));
            Assert.That(peak.BytesPerSecond((1 << 19) + 1), Is.EqualTo(peak.BytesPerSecond(1 << 20)), "measured once per power of two");
        }

        Assert.That(device.Pool.LiveBytes, Is.Zero);
    }

    [Test]
    public void Measuring_again_never_lowers_a_peak()
    {
        using var device = DeviceCatalog.Open("cpu");
        using var peak = new DevicePeak(device);
        var (operations, bytes) = (peak.FloatingPointOperationsPerSecond, peak.BytesPerSecond(1 << 20));

        peak.Refresh(1 << 20);

        Assert.That(peak.FloatingPointOperationsPerSecond, Is.GreaterThanOrEqualTo(operations));
        Assert.That(peak.BytesPerSecond(1 << 20), Is.GreaterThanOrEqualTo(bytes));
    }

    [Test]
    public void Kernels_that_measure_a_peak_stay_in_registers_on_a_GPU()
    {
        using var compiler = new PtxCompiler(80);

        Assert.That(GpuPeak.Kernels.Select(compiler.Compile), Has.All.Not.Contains(".local").And.All.Not.Contains(".f64"));
    }

    [Test]
    public void Flushing_caches_returns_its_buffer_when_disposed()
    {
        using var device = DeviceCatalog.Open("cpu");
        using (var peak = new DevicePeak(device))
        {
            peak.FlushCaches();
            var live = device.Pool.LiveBytes;
            Assert.That(live, Is.GreaterThanOrEqualTo(64L << 20));
            peak.FlushCaches();
            Assert.That(device.Pool.LiveBytes, Is.EqualTo(live));
        }

        Assert.That(device.Pool.LiveBytes, Is.Zero);
    }

    [Test]
    public void The_simulator_has_no_peak()
    {
        using var device = DeviceCatalog.Open("sim");

        Assert.That(() => new DevicePeak(device), Throws.TypeOf<NotSupportedException>());
    }
}
