using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Tests.Devices;

[TestFixture]
public sealed class TimelineTests
{
    private static readonly Operation<UnaryArguments> Clearing =
        new("clearing", "Planted", "y = 0", () => [], CpuVariant.Simd<UnaryArguments, ClearKernel>());

    [Test]
    public void Copies_are_reported_with_their_direction_and_bytes_in_order()
    {
        using var device = new CpuDevice();
        var copies = new List<CopyRecord>();
        device.Timeline.Copied += copies.Add;

        var first = device.Upload<float>([1, 2, 3]);
        var second = device.Allocate<float>(2);
        second.CopyFrom(first.Slice(1, 2));
        _ = second.ToArray();
        first.Clear();

        Assert.That(
            copies.Select(copy => (copy.Kind, copy.Bytes)),
            Is.EqualTo(new[] { (CopyKind.ToDevice, 12L), (CopyKind.OnDevice, 8L), (CopyKind.ToHost, 8L), (CopyKind.Clear, 12L) }));
        Assert.That(copies.Select(copy => copy.Start), Is.Ordered);
    }

    [Test]
    public void A_copy_inside_an_observed_launch_is_part_of_the_launch()
    {
        using var device = new CpuDevice();
        var launches = new List<LaunchRecord>();
        var copies = new List<CopyRecord>();
        var span = device.Upload<float>([1, 2, 3]);
        device.Timeline.Launched += launches.Add;
        device.Timeline.Copied += copies.Add;

        Clearing.Launch(device, new UnaryArguments { Input = span, Output = span });

        Assert.That(launches, Has.Count.EqualTo(1));
        Assert.That(copies, Is.Empty);
        Assert.That(launches[0].Compilation, Is.InRange(TimeSpan.Zero, launches[0].Duration));
        Assert.That(span.ToArray(), Is.All.Zero);
    }

    private readonly struct ClearKernel : ISimdKernel<UnaryArguments>
    {
        public static void Run<T>(CpuDevice device, in UnaryArguments arguments)
            where T : unmanaged, ISimd<T> => arguments.Output.Clear();
    }
}
