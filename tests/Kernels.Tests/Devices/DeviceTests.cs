using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Tests.Devices;

[TestFixture]
public sealed class DeviceTests
{
    [TestCase("gpu")]
    [TestCase("cuda:")]
    [TestCase("cuda:-1")]
    [TestCase("opencl:1:2")]
    [TestCase("cpu:0")]
    [TestCase("")]
    public void A_name_that_is_no_device_name_is_refused_with_the_possible_ones(string name) =>
        Assert.That(() => DeviceCatalog.Open(name), Throws.TypeOf<DeviceException>().With.Message.Contains(DeviceCatalog.Names));

    [Test]
    public void A_device_number_beyond_the_last_is_refused_with_what_to_do() =>
        Assert.That(
            () => DeviceCatalog.Open("cuda:99"),
            Throws.TypeOf<DeviceException>().With.Message.Contains("kerneldiff devices"));

    [Test]
    public void The_catalog_lists_the_cpu_first_and_the_simulator()
    {
        var devices = DeviceCatalog.List();
        Assert.That(devices[0].Name, Is.EqualTo("cpu"));
        Assert.That(devices.Select(device => device.Name), Does.Contain("sim"));
    }

    [Test]
    public void Pocl_is_listed_as_a_usable_cpu_behind_OpenCL()
    {
        var name = TestEnvironment.RequirePocl();
        var device = DeviceCatalog.List().Single(candidate => candidate.Name == name);
        Assert.That(device.Unusable, Is.Null);
        Assert.That(device.MemoryBytes, Is.Positive);
    }

    [Test]
    public void Copies_and_clears_that_threads_share_reach_every_element_and_no_other()
    {
        const int Length = 1_000_003;
        const int Margin = 5;
        using var device = new CpuDevice(new DeviceOptions { Threads = 3 });
        float[] values = [.. Enumerable.Range(1, Length)];
        var (from, to) = (device.Upload<float>(values), device.Upload<float>(new float[Length]));
        Assert.That(from.ToArray(), Is.EqualTo(values));

        var inner = Length - (2 * Margin);
        to.Slice(Margin, inner).CopyFrom(from.Slice(Margin, inner));
        from.Slice(Margin, inner).Clear();
        var (copied, cleared) = (to.ToArray(), from.ToArray());
        for (var i = 0; i < Length; i++)
        {
            var isInner = i is >= Margin and < Length - Margin;
            if (copied[i] != (isInner ? values[i] : 0) || cleared[i] != (isInner ? 0 : values[i]))
            {
                Assert.Fail($"element {i}: {copied[i]} was copied and {cleared[i]} is left of {values[i]}");
            }
        }
    }

    [Test]
    public void A_launch_is_reported_to_whoever_listens()
    {
        using var device = new CpuDevice();
        var records = new List<LaunchRecord>();
        device.Timeline.Launched += records.Add;
        var input = device.Upload<float>([1, 2, 3]);
        PointwiseOperations.Silu.Launch(device, new UnaryArguments { Input = input, Output = input });
        Assert.That(records, Has.Count.EqualTo(1));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(records[0].Operation, Is.EqualTo("silu"));
            Assert.That(records[0].Shape, Is.EqualTo("3"));
            Assert.That(records[0].Bytes, Is.EqualTo(24));
            Assert.That(records[0].Duration, Is.GreaterThan(TimeSpan.Zero));
        }
    }

    [Test]
    public void Arguments_that_contradict_one_another_are_refused_before_anything_runs()
    {
        using var device = new CpuDevice();
        var input = device.Upload<float>([1, 2, 3]);
        var output = device.Upload<float>([7, 7]);
        Assert.That(
            () => PointwiseOperations.Silu.Launch(device, new UnaryArguments { Input = input, Output = output }),
            Throws.ArgumentException.With.Message.Contains("'output' has 2 elements").And.Message.Contains("3"));
        Assert.That(output.ToArray(), Is.All.EqualTo(7));
    }

    [Test]
    public void A_forced_variant_that_does_not_exist_leaves_the_choice_to_the_registry()
    {
        using var device = new CpuDevice();
        device.ForceVariant("silu", "no such variant");
        var input = device.Upload<float>([1]);
        Assert.That(
            () => PointwiseOperations.Silu.Launch(device, new UnaryArguments { Input = input, Output = input }), Throws.Nothing);
    }
}
