using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Tests.Devices;

[TestFixture]
public sealed class BufferPoolTests
{
    [Test]
    public void A_returned_buffer_is_reused_for_a_request_of_the_same_size_class()
    {
        using var device = new CpuDevice();
        var first = device.Allocate<float>(1000);
        device.Pool.Return(first.Buffer!);
        var second = device.Allocate<float>(1001);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(second.Buffer, Is.SameAs(first.Buffer));
            Assert.That(device.Pool.Reuses, Is.EqualTo(1));
            Assert.That(device.Pool.Allocations, Is.EqualTo(1));
        }
    }

    [TestCase(1500, true)]
    [TestCase(2000, false)]
    public void A_kept_buffer_serves_a_smaller_request_if_it_is_at_most_half_as_large_again(int kept, bool serves)
    {
        using var device = new CpuDevice();
        var first = device.Allocate<float>(1024 * kept);
        device.Pool.Return(first.Buffer!);
        var second = device.Allocate<float>(1024 * 1000);
        Assert.That(ReferenceEquals(second.Buffer, first.Buffer), Is.EqualTo(serves));
    }

    [Test]
    public void The_smallest_kept_buffer_that_serves_is_taken()
    {
        using var device = new CpuDevice();
        var large = device.Allocate<float>(1024 * 1400);
        var small = device.Allocate<float>(1024 * 1200);
        device.Pool.Return(large.Buffer!);
        device.Pool.Return(small.Buffer!);
        Assert.That(device.Allocate<float>(1024 * 1100).Buffer, Is.SameAs(small.Buffer));
    }

    [Test]
    public void Live_and_peak_bytes_follow_what_is_in_use()
    {
        using var device = new CpuDevice();
        var first = device.Allocate<float>(1000);
        var second = device.Allocate<byte>(10);
        device.Pool.Return(first.Buffer!);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(device.Pool.LiveBytes, Is.EqualTo(10));
            Assert.That(device.Pool.PeakBytes, Is.EqualTo(4010));
            Assert.That(device.Pool.LiveBuffers, Is.EqualTo(1));
        }

        device.Pool.ResetPeak();
        device.Pool.Return(second.Buffer!);
        Assert.That(device.Pool.PeakBytes, Is.EqualTo(10));
    }

    [Test]
    public void Returning_a_buffer_twice_is_refused()
    {
        using var device = new CpuDevice();
        var span = device.Allocate<float>(10);
        device.Pool.Return(span.Buffer!);
        Assert.That(() => device.Pool.Return(span.Buffer!), Throws.InvalidOperationException);
    }

    [Test]
    public void Trim_gives_all_kept_memory_back()
    {
        using var device = new CpuDevice();
        device.Pool.Return(device.Allocate<float>(1 << 20).Buffer!);
        device.Pool.Trim();
        Assert.That(device.Pool.ReservedBytes, Is.Zero);
    }

    [TestCase(0)]
    [TestCase(256)]
    [TestCase(257)]
    [TestCase(4097)]
    [TestCase(1_000_000)]
    [TestCase(3_000_000_001)]
    public void A_size_class_covers_the_request_and_wastes_at_most_an_eighth_or_a_granule(long byteLength)
    {
        var size = BufferPool.SizeClass(byteLength);
        Assert.That(size, Is.InRange(byteLength, byteLength + Math.Max(256, byteLength / 8)));
        Assert.That(size % 256, Is.Zero);
    }

    [Test]
    public void A_guarded_buffer_starts_as_not_a_number()
    {
        using var device = new CpuDevice(new DeviceOptions { Memory = MemoryMode.Guarded });
        Assert.That(device.Allocate<float>(33).ToArray(), Is.All.NaN);
    }

    [TestCase(-1)]
    [TestCase(5)]
    public unsafe void A_write_next_to_a_guarded_buffer_is_found_when_it_returns(int index)
    {
        using var device = new CpuDevice(new DeviceOptions { Memory = MemoryMode.Guarded });
        var span = device.Allocate<float>(5);
        span.Pointer()[index] = 1;
        Assert.That(device.Pool.VerifyGuards, Throws.TypeOf<GuardZoneException>());
        Assert.That(() => device.Pool.Return(span.Buffer!), Throws.TypeOf<GuardZoneException>().With.Message.Contains("20 bytes"));
    }

    [Test]
    public void An_absurd_request_is_a_memory_error_that_says_what_to_do()
    {
        using var device = new CpuDevice();
        Assert.That(
            () => device.AllocateBuffer(long.MaxValue / 2),
            Throws.TypeOf<DeviceMemoryException>().With.Message.Contains("Lower the batch size"));
    }
}
