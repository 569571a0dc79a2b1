using System.Text.Json;
using KernelDiff.Kernels;
using KernelDiff.Runner.Commands;

namespace KernelDiff.Runner.Tests;

public sealed class DevicesCommandTests
{
    private static readonly DeviceDescription Old = new()
    {
        Name = "cuda:0",
        Kind = DeviceKind.Cuda,
        Class = DeviceClass.Gpu,
        Hardware = "GeForce 9800",
        MemoryBytes = 512L << 20,
        ComputeUnits = 16,
        Driver = "CUDA driver 340",
        Language = "PTX ISA 1.0",
        Unusable = "its architecture is too old",
    };

    [Test]
    public void The_processor_comes_first_and_the_simulator_is_listed()
    {
        var run = CommandLineRun.Of("devices", "--json");

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(run.Error, Is.Empty);
        using var document = JsonDocument.Parse(run.Out);
        var devices = document.RootElement.GetProperty("devices").EnumerateArray().ToList();
        Assert.That(devices[0].GetProperty("name").GetString(), Is.EqualTo("cpu"));
        Assert.That(devices[0].GetProperty("usable").GetBoolean(), Is.True);
        Assert.That(devices[0].GetProperty("memoryBytes").GetInt64(), Is.Positive);
        Assert.That(devices.Select(device => device.GetProperty("name").GetString()), Does.Contain("sim"));
    }

    [Test]
    public void Every_name_in_the_list_is_accepted_as_a_device()
    {
        Assert.That(DeviceCatalog.List().Select(device => DeviceCatalog.IsName(device.Name)), Is.All.True);
    }

    [Test]
    public void A_device_that_cannot_be_used_is_listed_with_the_reason()
    {
        var run = CommandLineRun.Of(console => new DevicesCommand(console, () => [Old]), "devices");

        Assert.That(run.Out, Is.EqualTo(
            "Device  Hardware       Memory  Units  Driver           Language     State\n"
            + "cuda:0  GeForce 9800  512 MiB     16  CUDA driver 340  PTX ISA 1.0  cannot be used: its architecture is too old\n"));
    }

    [Test]
    public void The_document_tells_why_a_device_cannot_be_used()
    {
        var run = CommandLineRun.Of(console => new DevicesCommand(console, () => [Old]), "devices", "--json");

        using var document = JsonDocument.Parse(run.Out);
        var device = document.RootElement.GetProperty("devices")[0];
        Assert.That(device.GetProperty("class").GetString(), Is.EqualTo("gpu"));
        Assert.That(device.GetProperty("usable").GetBoolean(), Is.False);
        Assert.That(device.GetProperty("unusableBecause").GetString(), Is.EqualTo(Old.Unusable));
    }
}
