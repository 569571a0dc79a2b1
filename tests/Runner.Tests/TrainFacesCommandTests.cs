using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace KernelDiff.Runner.Tests;

[TestFixture]
public sealed class TrainFacesCommandTests
{
    private string folder = null!;

    /// <summary>
    /// Moments of a training, as kernels launched since its first step of the optimiser (by then the run is there; a step takes some three
    /// hundred). All of them only where the long matrix is asked for.
    /// </summary>
    private static IEnumerable<int> KillAfter =>
        Environment.GetEnvironmentVariable("KERNELDIFF_TESTS") == "full"
            ? Enumerable.Range(0, 20).Select(i => i * 397 % 2000)
            : [100, 1000];

    [SetUp]
    public void CreateFolder() => folder = Directory.CreateTempSubdirectory("kerneldiff-train-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(folder, recursive: true);

    [Test]
    public void A_run_holds_configuration_log_plot_samples_and_checkpoints()
    {
        var run = Path.Combine(TinyFaces.Folder, "autoencoder");
        Assert.That(
            Directory.EnumerateFileSystemEntries(run).Select(Path.GetFileName),
            Is.EquivalentTo(new[] { "configuration.json", "inputs.json", "plan.json", "log.jsonl", "loss.png", "samples", "checkpoints" }));
        Assert.That(File.ReadAllLines(Path.Combine(run, "log.jsonl")), Has.Length.EqualTo(3));
        Assert.That(Directory.GetFiles(Path.Combine(run, "samples")).Select(Path.GetFileName), Is.EquivalentTo(new[] { "step-2.png", "step-3.png" }));
        Assert.That(
            Directory.GetFiles(Path.GetDirectoryName(TinyFaces.Autoencoder)!).Select(Path.GetFileName),
            Is.EquivalentTo(new[] { "model.safetensors", "optimizer.safetensors", "state.json", "DONE" }));
    }

    [TestCaseSource(nameof(KillAfter))]
    [Platform(Exclude = "Win", Reason = "Kills by signal.")]
    public void A_killed_run_resumes_to_the_bits_of_one_that_was_not(int launches)
    {
        var run = Path.Combine(folder, "killed");
        using (var process = Executable.Start([.. TinyFaces.Diffusion(run), "-vv"]))
        {
            ReadLaunches(process, launches);
            process.Kill();
            process.WaitForExit();
        }

        Assert.That(Directory.Exists(run), "the run had begun");
        var resumed = CommandLineRun.Of("train", "diffusion", "--resume", run, "--device", "cpu");
        Assert.That(resumed.ExitCode, Is.Zero, resumed.Error);
        foreach (var file in new[] { "model.safetensors", "optimizer.safetensors" })
        {
            Assert.That(
                File.ReadAllBytes(Path.Combine(run, "checkpoints", "step-8", file)),
                Is.EqualTo(File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(TinyFaces.Model)!, file))),
                file);
        }
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "Signals are sent with the kill command.")]
    public void Being_asked_to_stop_saves_and_tells_how_to_go_on()
    {
        var run = Path.Combine(folder, "stopped");
        using var process = Executable.Start([.. TinyFaces.Diffusion(run), "--steps", "100000", "-vv"]);
        ReadLaunches(process, 0);
        using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            kill.WaitForExit();
        }

        var training = Executable.Finish(process);
        Assert.That(training.ExitCode, Is.EqualTo(ExitCode.Cancelled), training.Error);
        Assert.That(training.Out, Does.Contain($"train diffusion --resume {run}"));
        var newest = Directory.GetDirectories(Path.Combine(run, "checkpoints")).Max(checkpoint => int.Parse(
            Path.GetFileName(checkpoint)["step-".Length..], CultureInfo.InvariantCulture));
        Assert.That(training.Out, Does.Contain($"at step {newest} of 100000"), "the last step is saved");
        Assert.That(Path.Combine(run, "checkpoints", $"step-{newest}", "DONE"), Does.Exist);
    }

    [Test]
    public void A_dry_run_tells_what_would_be_trained_and_writes_nothing()
    {
        var run = CommandLineRun.Of([.. TinyFaces.Diffusion(Path.Combine(folder, "dry")), "--dry-run", "--json", "--steps", "30"]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using var document = JsonDocument.Parse(run.Out);
        var root = document.RootElement;
        Assert.That(root.GetProperty("parameters").GetInt64(), Is.GreaterThan(100_000));
        Assert.That(root.GetProperty("images").GetInt32(), Is.EqualTo(5), "five of six faces are for training");
        Assert.That(root.GetProperty("stepsPerEpoch").GetDouble(), Is.EqualTo(2.5));
        Assert.That(
            root.GetProperty("configuration").GetProperty("diffusion_training").GetProperty("steps").GetInt32(), Is.EqualTo(30));
        Assert.That(Directory.GetFileSystemEntries(folder), Is.Empty);
    }

    [Test]
    public void A_folder_that_holds_a_run_is_refused_with_advice()
    {
        var run = CommandLineRun.Of(TinyFaces.Diffusion(Path.Combine(TinyFaces.Folder, "diffusion")));
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("--resume"));
    }

    [TestCase("--batch", "4")]
    [TestCase("--set", "diffusion_training.learning_rate=1")]
    [TestCase("--plan", "none")]
    public void A_resumed_run_cannot_become_another(string option, string value)
    {
        var run = CommandLineRun.Of(
            "train", "diffusion", "--resume", Path.Combine(TinyFaces.Folder, "diffusion"), option, value, "--device", "cpu");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain(option));
    }

    [Test]
    public void Training_without_data_names_the_command_that_makes_some()
    {
        var run = CommandLineRun.Of("train", "autoencoder", "--device", "cpu");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("data synthesize"));
    }

    [Test]
    public void Diffusion_without_an_autoencoder_names_the_command_that_trains_one()
    {
        var run = CommandLineRun.Of(
            "train", "diffusion", "--data", TinyFaces.Data, "--config", TinyFaces.Config, "--out", Path.Combine(folder, "run"), "--device", "cpu");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("train autoencoder"));
        Assert.That(Directory.Exists(Path.Combine(folder, "run")), Is.False, "nothing is left of a run that never began");
    }

    [Test]
    public void A_configuration_that_needs_more_memory_than_there_is_says_what_to_lower()
    {
        var run = CommandLineRun.Of([.. TinyFaces.Diffusion(Path.Combine(folder, "run")), "--batch", "1000000"]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Device), run.Error);
        Assert.That(run.Error, Does.Contain("--batch"));
    }

    /// <summary>Reads the log of launches up to the optimiser's first, and a number of lines more.</summary>
    private static void ReadLaunches(Process process, int more)
    {
        string? line;
        do
        {
            line = process.StandardError.ReadLine();
        }
        while (line is not null && !line.Contains("adamw/", StringComparison.Ordinal));
        Assert.That(line, Is.Not.Null, "the optimiser was launched");
        for (var i = 0; i < more && process.StandardError.ReadLine() is not null; i++)
        {
        }
    }
}
