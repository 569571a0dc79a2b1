using System.Text.Json;

namespace KernelDiff.Runner.Tests;

public sealed class BenchNetworkCommandTests
{
    private DirectoryInfo folder = null!;
    private string configuration = null!;

    [SetUp]
    public void WriteConfiguration()
    {
        folder = Directory.CreateTempSubdirectory("kerneldiff-");
        configuration = SmallModel.WriteConfiguration(folder);
    }

    [TearDown]
    public void DeleteFolder() => folder.Delete(recursive: true);

    [TestCase("unet", new[] { 2, 16, 16, 3 })]
    [TestCase("encoder", new[] { 2, 32, 32, 3 })]
    [TestCase("decoder", new[] { 2, 16, 16, 3 })]
    public void A_part_is_timed_and_weighed(string part, int[] shape)
    {
        var run = CommandLineRun.Of(
            "bench", "network", part, "--config", configuration, "--device", "cpu", "--batch", "2", "--runs", "1", "--json");

        Assert.That(run.Error, Is.Empty);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done));
        using var document = JsonDocument.Parse(run.Out);
        var root = document.RootElement;
        var parameterBytes = root.GetProperty("parameters").GetInt64() * sizeof(float);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(root.GetProperty("part").GetString(), Is.EqualTo(part));
            Assert.That(root.GetProperty("inputShape").EnumerateArray().Select(size => size.GetInt32()), Is.EqualTo(shape));
            Assert.That(root.GetProperty("medianSeconds").GetDouble(), Is.Positive);
            Assert.That(root.GetProperty("peakDeviceBytes").GetInt64(), Is.GreaterThan(parameterBytes));
            Assert.That(
                root.GetProperty("peakProcessBytes").GetInt64(), Is.GreaterThan(root.GetProperty("peakDeviceBytes").GetInt64()));
        }
    }

    [Test]
    public void Training_takes_weights_gradients_two_moments_and_an_average()
    {
        var run = CommandLineRun.Of(
            "bench", "network", "unet", "--config", configuration, "--device", "cpu", "--runs", "1", "--training", "--json");

        Assert.That(run.Error, Is.Empty);
        using var document = JsonDocument.Parse(run.Out);
        var parameterBytes = document.RootElement.GetProperty("parameters").GetInt64() * sizeof(float);
        Assert.That(document.RootElement.GetProperty("peakDeviceBytes").GetInt64(), Is.GreaterThan(5 * parameterBytes));
    }

    [Test]
    public void A_UNet_whose_input_holds_a_mask_too_can_be_trained()
    {
        var run = CommandLineRun.Of(
            "bench", "network", "unet", "--config", "demo", "--device", "cpu", "--runs", "1", "--training", "--json");

        Assert.That(run.Error, Is.Empty);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done));
    }

    [TestCase("There is no part 'unett' of a model, only unet, encoder, decoder. Did you mean 'unet'?", "unett")]
    [TestCase("Only the UNet has a training step of its own. Leave --training out.", "decoder", "--training")]
    [TestCase("has no UNet", "unet", "--config", "vq-f4")]
    [TestCase("--batch takes a number from 1 on.", "unet", "--batch", "0")]
    public void What_does_not_fit_together_is_a_usage_error(string message, params string[] arguments)
    {
        var run = CommandLineRun.Of(["bench", "network", .. arguments]);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain(message));
        Assert.That(run.Out, Is.Empty);
    }
}
