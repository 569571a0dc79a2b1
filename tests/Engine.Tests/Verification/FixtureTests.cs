using KernelDiff.Engine.Verification;
using KernelDiff.Kernels;

namespace KernelDiff.Engine.Tests.Verification;

/// <summary>Experiments recorded from the reference implementation.</summary>
[TestFixture]
public sealed class FixtureTests
{
    private static readonly string[] Fixtures =
    [
        "schedules", "unet-wide", "unet-self-attention", "unet-cross-attention", "vq-autoencoder", "kl-autoencoder", "ddim-guided",
        "ddim-stochastic", "plms", "training-step",
    ];

    [Test]
    public void Every_algorithm_reproduces_the_reference(
        [ValueSource(nameof(Fixtures))] string name, [Values] ConvolutionAlgorithm algorithm) => Reproduces(name, "cpu", algorithm);

    [TestCaseSource(nameof(Fixtures))]
    public void OpenCL_reproduces_the_reference(string name)
    {
        var device = DeviceCatalog.List().FirstOrDefault(candidate => candidate.Class == DeviceClass.OpenClCpu);
        if (device is null)
        {
            Assert.Ignore("PoCL is not installed: no OpenCL driver shows a CPU device.");
        }

        Reproduces(name, device!.Name);
    }

    [Test]
    public void The_simulator_reproduces_a_small_network() => Reproduces("unet-wide", "sim");

    private static void Reproduces(string name, string deviceName, ConvolutionAlgorithm algorithm = ConvolutionAlgorithm.Auto)
    {
        var path = Path.Combine(SharedData.Require("fixtures"), name + ".safetensors");
        using var device = DeviceCatalog.Open(deviceName);
        device.Algorithm = algorithm;
        var report = FixtureVerifier.Verify(path, device);
        var worst = report.Tensors.OrderByDescending(tensor => tensor.Error / tensor.Tolerance).Take(5)
            .Select(tensor => $"{tensor.Name}: {tensor.Error:G3} of {tensor.Tolerance:G2} {tensor.Fault}");
        Assert.That(report.Tensors.All(tensor => tensor.Passes(1)), Is.True, string.Join("\n", worst));
        Assert.That(device.Pool.LiveBuffers, Is.Zero);
    }
}
