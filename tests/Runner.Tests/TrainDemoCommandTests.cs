using System.Text.Json;
using KernelDiff.Runner.Commands;

namespace KernelDiff.Runner.Tests;

[TestFixture]
public sealed class TrainDemoCommandTests
{
    private string folder = null!;

    [SetUp]
    public void CreateFolder() => folder = Directory.CreateTempSubdirectory("kerneldiff-demo-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(folder, recursive: true);

    [Test]
    public void It_reports_every_loss_and_writes_a_picture()
    {
        var run = CommandLineRun.Of("train", "demo", "--device", "cpu", "--steps", "2", "--batch", "1", "--out", folder, "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using var document = JsonDocument.Parse(run.Out);
        var picture = document.RootElement.GetProperty("picture").GetString()!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(document.RootElement.GetProperty("losses").GetArrayLength(), Is.EqualTo(2));
            Assert.That(File.ReadAllBytes(picture).AsSpan(1, 3).ToArray(), Is.EqualTo("PNG"u8.ToArray()));
            Assert.That(Directory.GetFiles(folder), Has.Length.EqualTo(1), "no temporary file is left");
            Assert.That(run.Error, Does.Contain("step 2/2"));
        }
    }

    [Test]
    public void Being_asked_to_stop_still_draws_the_picture()
    {
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        var run = CommandLineRun.Of(
            console => new TrainCommand(console), ["train", "demo", "--device", "cpu", "--out", folder], stopped.Token);
        Assert.That(run.ExitCode, Is.EqualTo(130));
        Assert.That(Path.Combine(folder, "demo.png"), Does.Exist);
    }

    [TestCase("--steps", "0")]
    [TestCase("--batch", "-1")]
    public void A_number_that_makes_no_sense_is_a_usage_error(string option, string value) =>
        Assert.That(CommandLineRun.Of("train", "demo", option, value).ExitCode, Is.EqualTo(2));
}
