using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Tests.Cpu;

internal sealed class MachinePeakTests
{
    [Test]
    public void Peaks_are_positive_at_every_width()
    {
        foreach (var width in SimdSupport.Supported)
        {
            using var device = new CpuDevice(new DeviceOptions { Threads = 2, SimdWidth = width });
            using (Assert.EnterMultipleScope())
            {
                Assert.That(MachinePeak.FloatingPointOperationsPerSecond(device), Is.Positive.And.LessThan(double.PositiveInfinity));
                Assert.That(MachinePeak.ReadBytesPerSecond(device, 10_000), Is.Positive.And.LessThan(double.PositiveInfinity));
            }
        }
    }

    [Test]
    public void A_block_too_small_to_share_out_is_refused()
    {
        using var device = new CpuDevice(new DeviceOptions { Threads = 2 });
        Assert.That(() => MachinePeak.ReadBytesPerSecond(device, 8191), Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
