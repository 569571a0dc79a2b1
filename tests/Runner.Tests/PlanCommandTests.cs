using System.Text.Json;
using KernelDiff.Engine.Sampling;

namespace KernelDiff.Runner.Tests;

/// <summary>Plans on the command line: shown, used, stored, missing.</summary>
[TestFixture]
public sealed class PlanCommandTests
{
    private string folder = null!;
    private string plan = null!;

    [SetUp]
    public void WritePlan()
    {
        folder = Directory.CreateTempSubdirectory("kerneldiff-plan-").FullName;
        plan = Path.Combine(folder, "plan.json");

        // The first layer of the tiny model's UNet after the input, and its decoder's last level, at every vector width.
        var choices = """{ "operation": "convolution", "shape": "8x8x32-32 3x3 padding 1", "variant": "indirect" }""";
        var devices = new[] { 128, 256, 512 }.Select(width => $$"""{ "device": "cpu {{width}}-bit", "choices": [ {{choices}} ] }""");
        File.WriteAllText(plan, $$"""{ "format": 1, "devices": [ {{string.Join(", ", devices)}} ] }""");
    }

    [TearDown]
    public void RemoveFolder() => Directory.Delete(folder, recursive: true);

    [Test]
    public void It_shows_the_choices_and_the_hash()
    {
        var run = CommandLineRun.Of("plan", plan);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.Contain("cpu 256-bit: 1 choices").And.Contain("8x8x32-32 3x3 padding 1").And.Contain(Hash()));
    }

    [Test]
    public void An_image_carries_the_hash_and_is_made_again_only_by_its_plan()
    {
        Assert.That(Sample("--plan", plan).ExitCode, Is.Zero);
        Assert.That(SampleRecord.Read(Image).Plan, Is.EqualTo(Hash()));

        var missing = Reproduce();
        Assert.That(missing.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(missing.Error, Does.Contain(Hash()[..12]).And.Contain("KERNELDIFF_PLAN"));

        var again = Reproduce("--plan", plan);
        Assert.That(again.ExitCode, Is.Zero, again.Error);
        Assert.That(again.Out, Does.StartWith("The same to the bit"));

        Assert.That(Reproduce("--plan", "none").Error, Does.Contain("warning").And.Contain("plan"));
    }

    [Test]
    public void An_image_made_without_a_plan_is_made_again_without_one()
    {
        Assert.That(Sample("--plan", "none").ExitCode, Is.Zero);
        Assert.That(SampleRecord.Read(Image).Plan, Is.Null);
        Assert.That(Reproduce("--plan", plan).ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(Reproduce().Out, Does.StartWith("The same to the bit"));
    }

    [Test]
    public void A_run_keeps_its_plan_and_is_resumed_by_it()
    {
        var run = Path.Combine(folder, "run");
        var first = CommandLineRun.Of([.. TinyFaces.Diffusion(run), "--steps", "1", "--plan", plan]);
        Assert.That(first.ExitCode, Is.Zero, first.Error);
        File.Delete(plan);

        var resumed = CommandLineRun.Of("train", "diffusion", "--resume", run, "--steps", "2", "--device", "cpu", "-v");
        Assert.That(resumed.ExitCode, Is.Zero, resumed.Error);
        var stored = Path.Combine(run, "plan.json");
        Assert.That(resumed.Error, Does.Contain($"Plan: {stored}, {Engine.Plans.PlanFile.Read(stored).Hash[..12]}, 1 choices"));
        using var state = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "checkpoints", "step-2", "state.json")));
        Assert.That(state.RootElement.GetProperty("plan").GetString(), Is.EqualTo(Engine.Plans.PlanFile.Read(stored).Hash));
    }

    [Test]
    public void A_run_without_a_plan_holds_none()
    {
        var run = Path.Combine(folder, "run");
        Assert.That(CommandLineRun.Of([.. TinyFaces.Diffusion(run), "--steps", "1", "--plan", "none"]).ExitCode, Is.Zero);
        Assert.That(Path.Combine(run, "plan.json"), Does.Not.Exist);
        var resumed = CommandLineRun.Of("train", "diffusion", "--resume", run, "--steps", "2", "--device", "cpu", "-v");
        Assert.That(resumed.ExitCode, Is.Zero, resumed.Error);
        Assert.That(resumed.Error, Does.Contain("Plan: none"));
    }

    [TestCase("sample")]
    [TestCase("bench", "network", "unet")]
    public void A_plan_that_is_none_is_a_bad_input_file(params string[] command)
    {
        File.WriteAllText(plan, "hello");
        var run = CommandLineRun.Of([.. command, "--device", "cpu", "--plan", plan]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("this is no plan"));
    }

    private string Image => Path.Combine(folder, "1-0.png");

    private string Hash() => Engine.Plans.PlanFile.Read(plan).Hash;

    private CommandLineRun Sample(params string[] arguments) => CommandLineRun.Of(
        ["sample", "--weights", TinyFaces.Model, "--device", "cpu", "--out", folder, "--count", "1", "--steps", "1", .. arguments]);

    private CommandLineRun Reproduce(params string[] arguments) =>
        CommandLineRun.Of(["reproduce", Image, "--weights", TinyFaces.Model, "--device", "cpu", .. arguments]);
}
