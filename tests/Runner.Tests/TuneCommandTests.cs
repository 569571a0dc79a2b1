using System.Text.Json;
using KernelDiff.Engine.Plans;

namespace KernelDiff.Runner.Tests;

[TestFixture]
public sealed class TuneCommandTests
{
    /// <summary>Images in a timed call, by which its launches are known from those that look for shapes.</summary>
    private const int Batch = 3;

    private DirectoryInfo folder = null!;
    private string plan = null!;

    [SetUp]
    public void CreateFolder()
    {
        folder = Directory.CreateTempSubdirectory("kerneldiff-tune-");
        plan = Path.Combine(folder.FullName, "plan.json");
    }

    [TearDown]
    public void RemoveFolder() => folder.Delete(recursive: true);

    [Test]
    public void The_shapes_of_a_network_are_measured_into_a_plan_that_commands_take()
    {
        var run = CommandLineRun.Of([.. Line("--part", "unet", "--training"), "--json"]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using var document = JsonDocument.Parse(run.Out);
        var shapes = document.RootElement.GetProperty("shapes").EnumerateArray().ToList();
        Assert.That(
            shapes.Select(shape => shape.GetProperty("operation").GetString()).Distinct(),
            Is.EquivalentTo(new[] { "convolution", "convolution-input-gradient", "convolution-weight-gradient" }));
        foreach (var shape in shapes)
        {
            var timed = shape.GetProperty("timed").EnumerateArray().Select(variant => variant.GetProperty("variant").GetString()).ToList();
            Assert.That(timed, Has.Count.GreaterThan(1));
            Assert.That(timed, Does.Contain(shape.GetProperty("chosen").GetString()).And.Contain(shape.GetProperty("rule").GetString()));
        }

        Assert.That(PlanFile.Read(plan).Hash, Is.EqualTo(document.RootElement.GetProperty("hash").GetString()));
        var used = CommandLineRun.Of(
            "bench", "network", "unet", "--config", SmallModel.WriteConfiguration(folder), "--device", "cpu", "--runs", "1", "--plan", plan);
        Assert.That(used.ExitCode, Is.Zero, used.Error);
    }

    [Test]
    public void A_plan_that_is_there_keeps_its_other_devices()
    {
        File.WriteAllText(plan, """
            { "format": 1, "devices": [ { "device": "sim", "choices": [
              { "operation": "convolution", "shape": "8x8x16-16 3x3 padding 1", "variant": "shared" } ] } ] }
            """);
        var run = CommandLineRun.Of(Line("--part", "decoder"));
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        var devices = PlanFile.Read(plan).Document.Devices.Select(device => device.Device).ToList();
        Assert.That(devices, Has.Count.EqualTo(2).And.Contain("sim"));
    }

    [Test]
    public void Stopped_it_keeps_what_was_measured()
    {
        var tuned = new HashSet<string>();
        var run = StopAt(shape => tuned.Add(shape) && tuned.Count == 2);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Cancelled));
        Assert.That(run.Out, Does.Contain("of 1 shapes").And.Contain("cancelled before the rest"));
        Assert.That(() => PlanFile.Read(plan), Throws.Nothing);
    }

    [Test]
    public void Stopped_before_anything_was_measured_it_leaves_nothing()
    {
        Assert.That(StopAt(_ => true).ExitCode, Is.EqualTo(ExitCode.Cancelled));
        Assert.That(plan, Does.Not.Exist);
    }

    [TestCase("The simulator's times say nothing", "--device", "sim")]
    [TestCase("Did you mean 'unet'?", "--part", "unett")]
    [TestCase("have no UNet", "--config", "vq-f4", "--part", "unet")]
    [TestCase("--margin takes a number from 0 to below 100", "--margin", "100")]
    public void What_does_not_fit_together_is_a_usage_error(string message, params string[] arguments)
    {
        var run = CommandLineRun.Of(["tune", "--out", plan, .. arguments]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage), run.Error);
        Assert.That(run.Error, Does.Contain(message));
    }

    [Test]
    public void A_plan_that_could_not_be_written_is_a_usage_error_before_anything_is_measured()
    {
        var run = CommandLineRun.Of("tune", "--device", "cpu", "--out", Path.Combine(folder.FullName, "missing", "plan.json"));
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("There is no folder"));
    }

    [Test]
    public void A_file_that_is_no_plan_is_not_overwritten()
    {
        File.WriteAllText(plan, "hello");
        var run = CommandLineRun.Of(Line("--part", "decoder"));
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.BadInput));
        Assert.That(File.ReadAllText(plan), Is.EqualTo("hello"));
    }

    private string[] Line(params string[] arguments) =>
    [
        "tune", "--device", "cpu", "--config", SmallModel.WriteConfiguration(folder), "--out", plan, "--budget", "0.0001",
        "--batch", $"{Batch}", .. arguments,
    ];

    /// <summary>Asks to stop at the first timed launch whose shape is the one.</summary>
    private CommandLineRun StopAt(Func<string, bool> isTheOne)
    {
        using var stop = new CancellationTokenSource();
        using var output = new StringWriter();
        using var error = new StringWriter();
        var console = new RunnerConsole(output, error)
        {
            DeviceOpened = device => device.Timeline.Launched += launch =>
            {
                if (launch.PlannedShape is { } shape && launch.Shape.StartsWith($"{Batch}x", StringComparison.Ordinal) && isTheOne(shape))
                {
                    stop.Cancel();
                }
            },
        };
        var exitCode = new CommandLine(console).InvokeAsync(Line("--part", "decoder"), stop.Token).GetAwaiter().GetResult();
        return new CommandLineRun(exitCode, output.ToString(), error.ToString());
    }
}
