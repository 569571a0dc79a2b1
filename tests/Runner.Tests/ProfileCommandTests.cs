using System.Text.Json;
using System.Text.Json.Nodes;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Pointwise;
using KernelDiff.Runner.Commands;

namespace KernelDiff.Runner.Tests;

public sealed class ProfileCommandTests
{
    private DirectoryInfo folder = null!;

    [OneTimeSetUp]
    public void CreateFolder() => folder = Directory.CreateTempSubdirectory("kerneldiff-profile-");

    [OneTimeTearDown]
    public void DeleteFolder() => folder.Delete(recursive: true);

    [Test]
    public void Every_launch_is_counted_once_under_its_kernel_and_shape()
    {
        var run = Profile(["--json"]);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        var document = JsonNode.Parse(run.Out)!;
        var kernels = document["kernels"]!.AsArray();
        var calls = kernels.ToDictionary(kernel => kernel!["name"]!.GetValue<string>(), kernel => kernel!["total"]!["calls"]!.GetValue<int>());
        Assert.That(calls, Is.EquivalentTo(new Dictionary<string, int> { ["silu/simd"] = 5, ["relu/simd"] = 1 }));
        var silu = kernels.Single(kernel => kernel!["operation"]!.GetValue<string>() == "silu")!;
        Assert.That(silu["total"]!["bytes"]!.GetValue<long>(), Is.EqualTo(8 * ((3 * 1000) + (2 * 2000))));
        var shapes = silu["shapes"]!.AsArray().ToDictionary(
            shape => shape!["shape"]!.GetValue<string>(), shape => shape!["statistics"]!["calls"]!.GetValue<int>());
        Assert.That(shapes, Is.EquivalentTo(new Dictionary<string, int> { ["1000"] = 3, ["2000"] = 2 }));
        Assert.That(document["devices"]![0]!["activity"]!["launches"]!.GetValue<int>(), Is.EqualTo(6));
        Assert.That(document["command"]!.GetValue<string>(), Is.EqualTo("probe --device cpu --threads 1"));
    }

    [Test]
    public void Times_add_up_to_no_more_than_the_whole()
    {
        var document = JsonNode.Parse(Profile(["--json"]).Out)!;

        var kernels = document["kernels"]!.AsArray();
        var activity = document["devices"]![0]!["activity"]!;
        var total = kernels.Sum(kernel => Number(kernel!["total"]!["seconds"]));
        var byShape = kernels.Sum(kernel => kernel!["shapes"]!.AsArray().Sum(shape => Number(shape!["statistics"]!["seconds"])));
        var parts = Number(activity["kernelSeconds"]) + Number(activity["firstCallSeconds"]) + Number(activity["copySeconds"])
            + Number(activity["hostSeconds"]) + Number(document["beforeFirstLaunchSeconds"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(kernels.Sum(kernel => Number(kernel!["total"]!["share"])), Is.EqualTo(1).Within(1e-9));
            Assert.That(byShape, Is.EqualTo(total).Within(1e-9));
            Assert.That(Number(activity["kernelSeconds"]), Is.EqualTo(total).Within(1e-9));
            Assert.That(Number(activity["compilationSeconds"]), Is.AtMost(Number(activity["firstCallSeconds"]) + 1e-9));

            // The recorder exists a moment before the command starts; nothing else lies outside of the wall time.
            Assert.That(parts, Is.LessThan(Number(document["wallSeconds"]) + 0.1));
            Assert.That(Number(kernels[0]!["total"]!["shareOfPeak"]), Is.Positive);
            Assert.That(kernels[0]!["total"]!["bound"]!.GetValue<string>(), Is.AnyOf("compute", "memory", "launch"));
        }
    }

    [Test]
    public void Copies_and_memory_stand_apart_from_kernels()
    {
        var document = JsonNode.Parse(Profile(["--json"]).Out)!;

        var activity = document["devices"]![0]!["activity"]!;
        var copies = activity["copies"]!.AsArray().Select(copy =>
            (copy!["kind"]!.GetValue<string>(), copy["count"]!.GetValue<int>(), copy["bytes"]!.GetValue<long>()));
        Assert.That(copies, Is.EqualTo(new[] { ("to-device", 2, 12000L), ("to-host", 1, 4000L), ("on-device", 1, 4000L), ("clear", 1, 4000L) }));
        Assert.That(activity["peakBytes"]!.GetValue<long>(), Is.EqualTo(12000));
    }

    [Test]
    public void The_table_has_a_row_for_each_kernel_or_for_each_shape()
    {
        var kernels = Profile([]).Out;
        var shapes = Profile(["--shapes"]).Out;

        Assert.That(kernels, Does.Match(@"\nKernel +Calls +Total +Share +Median +90 % +Bytes +GB/s +GFLOP/s +Of peak +Bound\n"));
        Assert.That(kernels, Does.Match(@"\nsilu/simd +5 +\S+ \S+ +\d+\.\d % "));
        Assert.That(kernels, Does.Match(@"\ncpu: kernels .* in 6 launches, first calls .* compiling\), host between launches "));
        Assert.That(shapes, Does.Match(@"\nsilu/simd +1000 +3 ").And.Match(@"\nsilu/simd +2000 +2 ").And.Match(@"\nrelu/simd +1000 +1 "));
    }

    [Test]
    public void The_trace_holds_every_launch_and_copy_as_a_complete_event_in_order()
    {
        var path = PathOf("trace.json");

        Assert.That(Profile(["--trace", path]).ExitCode, Is.EqualTo(ExitCode.Done));

        using var trace = JsonDocument.Parse(File.ReadAllText(path));
        var events = trace.RootElement.GetProperty("traceEvents").EnumerateArray().ToList();
        Assert.That(events.Select(found => found.GetProperty("ph").GetString()), Is.All.AnyOf("M", "X", "C"));
        var complete = events.Where(found => found.GetProperty("ph").GetString() == "X").ToList();
        var launches = complete.Where(found => found.GetProperty("cat").GetString() == "kernel").ToList();
        Assert.That(
            launches.Select(found => found.GetProperty("name").GetString()),
            Is.EqualTo(new[] { "silu/simd", "silu/simd", "silu/simd", "silu/simd", "silu/simd", "relu/simd" }));
        Assert.That(complete.Count(found => found.GetProperty("cat").GetString() == "copy"), Is.EqualTo(5));
        for (var i = 1; i < launches.Count; i++)
        {
            var before = launches[i - 1];
            Assert.That(
                launches[i].GetProperty("ts").GetDouble(),
                Is.GreaterThanOrEqualTo(before.GetProperty("ts").GetDouble() + before.GetProperty("dur").GetDouble() - 0.2),
                "launches do not overlap; times are multiples of 0.1 us");
        }
    }

    [Test]
    public void The_csv_has_as_many_cells_in_each_row_as_its_header()
    {
        var path = PathOf("kernels.csv");

        Assert.That(Profile(["--csv", path]).ExitCode, Is.EqualTo(ExitCode.Done));

        var lines = File.ReadAllLines(path);
        Assert.That(lines, Has.Length.EqualTo(1 + 3), "two shapes of SiLU, one of ReLU");
        Assert.That(lines.Select(line => line.Split(',').Length), Is.All.EqualTo(lines[0].Split(',').Length));
        Assert.That(lines, Has.One.StartsWith("cpu,silu,simd,\"1000\",3,"));
    }

    [Test]
    public void The_roofline_is_a_PNG()
    {
        var path = PathOf("roofline.png");

        Assert.That(Profile(["--roofline", path]).ExitCode, Is.EqualTo(ExitCode.Done));

        Assert.That(File.ReadAllBytes(path)[..4], Is.EqualTo(new byte[] { 0x89, (byte)'P', (byte)'N', (byte)'G' }));
    }

    [TestCase(1e3, ExitCode.Done, TestName = "A_profile_that_is_faster_than_before_is_done")]
    [TestCase(1e-3, ExitCode.Failed, TestName = "A_profile_that_is_slower_than_the_threshold_fails")]
    public void A_ratio_past_the_threshold_decides_about_the_exit_code(double scaleOfOld, int expected)
    {
        var path = WriteScaled(scaleOfOld);

        var run = Profile(["--compare", path, "--threshold", "20", "--json"]);

        Assert.That(run.ExitCode, Is.EqualTo(expected), run.Error);
        var comparison = JsonNode.Parse(run.Out)!["comparison"]!;
        Assert.That(comparison["hasRegressed"]!.GetValue<bool>(), Is.EqualTo(expected == ExitCode.Failed));
        var kernels = comparison["kernels"]!.AsArray();
        Assert.That(kernels.Select(kernel => kernel!["operation"]!.GetValue<string>()), Is.EquivalentTo(new[] { "silu", "relu" }));
        foreach (var kernel in kernels)
        {
            Assert.That(Number(kernel!["ratio"]), Is.EqualTo(Number(kernel["newSeconds"]) / Number(kernel["oldSeconds"])).Within(1e-9));
        }
    }

    [Test]
    public void Kernels_of_only_one_profile_are_named_and_have_no_ratio()
    {
        var old = JsonNode.Parse(Profile(["--json"]).Out)!;
        old["kernels"]!.AsArray().Single(kernel => kernel!["operation"]!.GetValue<string>() == "relu")!["variant"] = "older";
        var path = PathOf("renamed.json");
        File.WriteAllText(path, old.ToJsonString());

        var run = Profile(["--compare", path, "--threshold", "1000"]);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Out, Does.Match(@"\nrelu/simd +all .* - +new\n").And.Match(@"\nrelu/older +all .* - +gone\n"));
    }

    [TestCase("{}")]
    [TestCase("not json")]
    [TestCase("null")]
    public void A_file_that_is_no_profile_is_bad_input_and_nothing_runs(string content)
    {
        var path = PathOf("other.json");
        File.WriteAllText(path, content);

        var run = Profile(["--compare", path], _ => throw new InvalidOperationException("ran"));

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("is not what 'kerneldiff profile --json' prints").And.Not.Contain("ran"));
    }

    [Test]
    public void A_command_that_fails_passes_its_exit_code_on()
    {
        var run = Profile(["--json"], context =>
        {
            Work(context);
            return ExitCode.Failed;
        });

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(JsonNode.Parse(run.Out)!["exitCode"]!.GetValue<int>(), Is.EqualTo(ExitCode.Failed));
    }

    [Test]
    public void What_the_command_prints_goes_to_stderr()
    {
        var run = Profile(["--json"], context =>
        {
            context.Console.Out.WriteLine("its result");
            return Work(context);
        });

        Assert.That(run.Error, Does.Contain("its result"));
        Assert.That(run.Out, Does.StartWith("{"));
    }

    [Test]
    public void The_option_leaves_the_result_as_it_is_and_adds_the_table_on_stderr()
    {
        var run = CommandLineRun.Of(
            ProbeCommand.Doing(context =>
            {
                context.Console.Out.WriteLine("its result");
                Work(context);
                return ExitCode.Failed;
            }),
            "probe", "--device", "cpu", "--threads", "1", "--profile");

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(run.Out, Is.EqualTo("its result\n"));
        Assert.That(run.Error, Does.Match(@"\nsilu/simd +5 ").And.Match(@"\ncpu: kernels .* in 6 launches"));
    }

    [Test]
    public void The_option_says_when_a_command_launched_nothing()
    {
        var run = CommandLineRun.Of("kernels", "--profile");

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(run.Out, Is.EqualTo(CommandLineRun.Of("kernels").Out));
        Assert.That(run.Error, Is.EqualTo("--profile: the command launched no kernel, there is nothing to tell.\n"));
    }

    [Test]
    public void The_option_and_the_command_exclude_each_other()
    {
        var run = CommandLineRun.Of("--profile", "profile", "kernels");

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("Leave --profile out"));
    }

    [TestCase("launched no kernel", "kernels")]
    [TestCase("cannot profile itself", "profile", "kernels")]
    [TestCase("There is no folder", "--trace", "/no/such/folder/trace.json", "kernels")]
    [TestCase("1 or more", "--threshold", "0.5", "kernels")]
    public void What_cannot_be_profiled_is_a_usage_error(string message, params string[] arguments)
    {
        var run = CommandLineRun.Of(["profile", .. arguments]);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain(message));
    }

    [TestCase("profile bench --json", "profile -- bench --json")]
    [TestCase("-v profile --json --trace bench bench silu", "-v profile --json --trace bench -- bench silu")]
    [TestCase("profile --trace=t bench", "profile --trace=t -- bench")]
    [TestCase("profile -- bench", "profile -- bench")]
    [TestCase("profile --help", "profile --help")]
    [TestCase("bench profile", "bench profile")]
    public void The_command_begins_with_the_first_word_that_belongs_to_no_option(string line, string separated) =>
        Assert.That(string.Join(' ', ProfileCommand.Separate(line.Split(' '))), Is.EqualTo(separated));

    private static double Number(JsonNode? node) => node!.GetValue<double>();

    private static CommandLineRun Profile(string[] options, Func<CommandContext, int>? work = null) => CommandLineRun.Of(
        console => new ProfileCommand(
            console, inner => new CommandLine(inner, [ProbeCommand.Doing(work ?? Work)(inner)])),
        ["profile", .. options, "probe", "--device", "cpu", "--threads", "1"]);

    /// <summary>Five launches of SiLU with two shapes, one of ReLU, five copies.</summary>
    private static int Work(CommandContext context)
    {
        using var device = ExecutionOptions.Open(context);
        var small = device.Upload<float>(new float[1000]);
        var large = device.Upload<float>(new float[2000]);
        foreach (var span in new[] { small, small, small, large, large })
        {
            PointwiseOperations.Silu.Launch(device, new UnaryArguments { Input = span, Output = span });
        }

        PointwiseOperations.Relu.Launch(device, new UnaryArguments { Input = small, Output = small });
        _ = small.ToArray();
        large.Slice(0, 1000).CopyFrom(small);
        small.Clear();
        return ExitCode.Done;
    }

    private string WriteScaled(double scale)
    {
        var document = JsonNode.Parse(Profile(["--json"]).Out)!;
        foreach (var shape in document["kernels"]!.AsArray().SelectMany(kernel => kernel!["shapes"]!.AsArray()))
        {
            var statistics = shape!["statistics"]!;
            statistics["medianSeconds"] = Number(statistics["medianSeconds"]) * scale;
        }

        var path = PathOf(FormattableString.Invariant($"scaled {scale}.json"));
        File.WriteAllText(path, document.ToJsonString());
        return path;
    }

    private string PathOf(string name) => Path.Combine(folder.FullName, name);
}
