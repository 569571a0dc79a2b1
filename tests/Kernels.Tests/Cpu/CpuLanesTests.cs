using System.Collections.Concurrent;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Tests.Cpu;

internal sealed class CpuLanesTests
{
    [Test]
    public void Every_item_runs_once_on_a_lane_that_nobody_else_uses([Values(1, 3)] int threads, [Values(0, 1, 2, 50)] int items)
    {
        using var device = new CpuDevice(new DeviceOptions { Threads = threads });
        var runs = new int[items];
        var busy = new ConcurrentDictionary<CpuDevice, bool>();
        var clashes = 0;
        device.Lanes!.For(items, (lane, item) =>
        {
            if (!busy.TryAdd(lane, true))
            {
                Interlocked.Increment(ref clashes);
            }

            Interlocked.Increment(ref runs[item]);
            busy.TryRemove(lane, out _);
        });
        Assert.Multiple(() =>
        {
            Assert.That(runs, Has.All.EqualTo(1));
            Assert.That(clashes, Is.Zero);
        });
    }

    [Test]
    public void A_lane_starts_with_the_items_that_its_thread_has_in_other_jobs()
    {
        using var device = new CpuDevice(new DeviceOptions { Threads = 2 });
        var threads = new int[2];
        using var both = new Barrier(2);
        void Meet(int item, int thread)
        {
            Assert.That(both.SignalAndWait(TimeSpan.FromMinutes(1)), Is.True);
            threads[item] = thread;
        }

        device.Workers.For(2, item => Meet(item, Environment.CurrentManagedThreadId));
        var expected = threads.ToArray();
        device.Lanes!.For(8, (_, item) =>
        {
            // The first of each thread.
            if (item % 4 == 0)
            {
                Meet(item / 4, Environment.CurrentManagedThreadId);
            }
        });
        Assert.That(threads, Is.EqualTo(expected));
    }

    [Test]
    public void A_lane_reads_its_device_memory_and_its_results_can_be_copied_there()
    {
        using var device = new CpuDevice(new DeviceOptions { Threads = 2 });
        var values = device.Upload<float>([1, 2, 3, 4]);
        var results = device.Allocate<float>(4);
        device.Lanes!.For(4, (lane, item) =>
        {
            var own = lane.Allocate<float>(1);
            own.CopyFrom(values.Slice(item, 1));
            results.Slice(3 - item, 1).CopyFrom(own);
            lane.Pool.Return(own.Buffer!);
        });
        Assert.That(results.ToArray(), Is.EqualTo(new float[] { 4, 3, 2, 1 }));
    }

    [Test]
    public void A_lane_chooses_as_its_device_does_at_the_time()
    {
        using var device = new CpuDevice(new DeviceOptions { Threads = 1 });
        foreach (var algorithm in new[] { ConvolutionAlgorithm.Winograd2, ConvolutionAlgorithm.Direct })
        {
            var forced = algorithm == ConvolutionAlgorithm.Direct ? null : "some";
            device.Algorithm = algorithm;
            device.ForceVariant("convolution", forced);
            device.Lanes!.For(1, (lane, _) =>
            {
                Assert.That(lane.Algorithm, Is.EqualTo(algorithm));
                Assert.That(lane.ForcedVariant("convolution"), Is.EqualTo(forced));
                Assert.That(lane.Width, Is.EqualTo(device.Width));
            });
        }
    }

    [Test]
    public void The_peak_of_a_device_counts_what_its_lanes_used()
    {
        using var device = new CpuDevice(new DeviceOptions { Threads = 1 });
        device.Allocate<float>(1000);
        device.Lanes!.For(3, (lane, _) => lane.Pool.Return(lane.Allocate<float>(500).Buffer!));
        Assert.That(device.Pool.PeakBytes, Is.EqualTo(6000));
    }

    [Test]
    public void A_lane_guards_its_memory_if_its_device_does()
    {
        using var device = new CpuDevice(new DeviceOptions { Threads = 1, Memory = MemoryMode.Guarded });
        device.Lanes!.For(1, (lane, _) =>
        {
            var span = lane.Allocate<float>(1);
            Assert.That(float.IsNaN(span.ToArray()[0]), Is.True, "fresh memory of a guarded pool");
            lane.Pool.Return(span.Buffer!);
        });
    }

    [Test]
    public void A_failure_reaches_the_caller_and_leaves_the_lanes_usable()
    {
        using var device = new CpuDevice(new DeviceOptions { Threads = 2 });
        Assert.That(
            () => device.Lanes!.For(5, (_, item) => throw new InvalidOperationException("item")),
            Throws.InvalidOperationException.With.Message.EqualTo("item"));
        var ran = 0;
        device.Lanes!.For(5, (_, _) => Interlocked.Increment(ref ran));
        Assert.That(ran, Is.EqualTo(5));
    }

    [Test]
    public void There_are_no_lanes_while_somebody_listens_to_the_timeline()
    {
        using var device = new CpuDevice();
        static void ListenToLaunches(LaunchRecord record)
        {
        }

        static void ListenToCopies(CopyRecord record)
        {
        }

        device.Timeline.Launched += ListenToLaunches;
        Assert.That(device.Lanes, Is.Null);
        device.Timeline.Launched -= ListenToLaunches;
        device.Timeline.Copied += ListenToCopies;
        Assert.That(device.Lanes, Is.Null);
        device.Timeline.Copied -= ListenToCopies;
        Assert.That(device.Lanes, Is.Not.Null);
    }
}
