using KernelDiff.Engine.Verification;
using KernelDiff.Kernels;

namespace KernelDiff.Engine.Tests.Verification;

/// <summary>
/// Fixtures whose recordings hold rounding noise of the reference that is larger than the tolerance: gradients that are zero in exact
/// arithmetic (of a bias before a group norm of one-channel groups), and a weight whose first gradient is zero.
/// </summary>
/// <remarks>
/// Even an exact implementation differs from such a recording by the recorded noise, up to 1.5e-3 of the scale where the tolerance is
/// 5e-4. What can be asked of an implementation is that its own result is zero within the tolerance; then it differs from the recording
/// by at most the tolerance and the recorded noise.
/// </remarks>
[TestFixture]
public sealed class NoisyFixtureTests
{
    /// <summary>Below this part of the scale, a recorded gradient is taken for noise; the next larger one is 0.36 of it.</summary>
    private const double LargestNoise = 2e-3;

    /// <summary>
    /// Two devices disagree on the sign of this tensor's element 8777 in the first gradient (3e-9, where the largest is 4e-2), and AdamW's
    /// first step is as long for it as for any other.
    /// </summary>
    private const string UndecidedWeight = "input_blocks.1.0.in_layers.2.weight";

    private static readonly string[] Networks = ["unet-self-attention", "unet-cross-attention", "vq-autoencoder", "kl-autoencoder"];

    [TestCaseSource(nameof(Networks))]
    public void The_cpu_reproduces_the_reference_up_to_its_noise(string name) => Reproduces(name, "cpu", Allowed);

    [TestCaseSource(nameof(Networks))]
    public void OpenCL_reproduces_the_reference_up_to_its_noise(string name) => Reproduces(name, RequirePocl(), Allowed);

    [Test]
    public void The_cpu_reproduces_training_up_to_one_undecided_weight() => Reproduces("training-step", "cpu", AllowedInTraining);

    [Test]
    public void OpenCL_reproduces_training_up_to_one_undecided_weight() => Reproduces("training-step", RequirePocl(), AllowedInTraining);

    [Test]
    public void The_simulator_reproduces_the_noise_schedules() => Reproduces("schedules", "sim", tensor => tensor.Tolerance);

    private static double Allowed(TensorComparison tensor) =>
        tensor.Tolerance + (tensor.Magnitude < LargestNoise ? tensor.Magnitude : 0);

    private static double AllowedInTraining(TensorComparison tensor)
    {
        const double LearningRate = 1e-3;
        const double LargestWeight = 0.19;
        return tensor.Name.EndsWith(UndecidedWeight, StringComparison.Ordinal)
            ? 2 * LearningRate / LargestWeight
            : tensor.Tolerance;
    }

    private static void Reproduces(string name, string deviceName, Func<TensorComparison, double> allowed)
    {
        var path = Path.Combine(SharedData.Require("fixtures"), name + ".safetensors");
        using var device = DeviceCatalog.Open(deviceName);
        var report = FixtureVerifier.Verify(path, device);
        var beyond = report.Tensors.Where(tensor => tensor.Fault is not null || !(tensor.Error <= allowed(tensor)))
            .Select(tensor => $"{tensor.Name}: {tensor.Error:G3} of {allowed(tensor):G3} {tensor.Fault}");
        Assert.That(beyond, Is.Empty);
        Assert.That(device.Pool.LiveBuffers, Is.Zero);
    }

    private static string RequirePocl()
    {
        var device = DeviceCatalog.List().FirstOrDefault(candidate => candidate.Class == DeviceClass.OpenClCpu);
        if (device is null)
        {
            Assert.Ignore("PoCL is not installed: no OpenCL driver shows a CPU device.");
        }

        return device!.Name;
    }
}
