using System.Text.Json;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Cases;
using KernelDiff.Kernels.Measurement;
using KernelDiff.Runner.Commands;

namespace KernelDiff.Runner.Tests;

public sealed class BenchCommandTests
{
    [Test]
    public void A_right_result_is_timed()
    {
        var run = Bench("right", "--json");

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(run.Error, Does.Not.Contain("wrong"));
        using var document = JsonDocument.Parse(run.Out);
        Assert.That(document.RootElement.GetProperty("device").GetString(), Is.EqualTo("cpu"));
        Assert.That(document.RootElement.GetProperty("peakFloatingPointOperationsPerSecond").GetDouble(), Is.Positive);
        var result = document.RootElement.GetProperty("results").EnumerateArray().Single();
        Assert.That(result.GetProperty("operation").GetString(), Is.EqualTo("right"));
        Assert.That(result.GetProperty("variant").GetString(), Is.EqualTo("simd"));
        Assert.That(result.GetProperty("correct").GetBoolean(), Is.True);
        Assert.That(result.GetProperty("bytes").GetInt64(), Is.EqualTo(8000));
        Assert.That(
            result.GetProperty("bytesPerSecond").GetDouble() * result.GetProperty("medianSeconds").GetDouble(),
            Is.EqualTo(8000).Within(1e-6));
        Assert.That(result.GetProperty("shareOfPeak").GetDouble(), Is.Positive);
    }

    [Test]
    public void A_wrong_result_is_reported_and_not_timed()
    {
        var run = Bench("wrong", "--json");

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(run.Error, Does.StartWith("wrong result: wrong/simd 1000 on cpu: output["));
        using var document = JsonDocument.Parse(run.Out);
        var result = document.RootElement.GetProperty("results").EnumerateArray().Single();
        Assert.That(result.GetProperty("correct").GetBoolean(), Is.False);
        Assert.That(result.GetProperty("fault").GetString(), Does.StartWith("output["));
        Assert.That(result.GetProperty("medianSeconds").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(document.RootElement.GetProperty("geometricMean").GetProperty("timed").GetInt32(), Is.Zero);
    }

    [Test]
    public void The_table_shows_what_is_right_and_what_is_wrong()
    {
        var run = Bench();
        var rows = run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(rows[0], Does.StartWith("cpu: ").And.Contains("1 threads"));
        Assert.That(rows[1], Does.Match(@"^measured peaks: [\d.]+ GFLOP/s, [\d.]+ GB/s from memory; caches warm$"));
        Assert.That(rows, Has.One.Matches(@"^right +1000 +simd +[\d.]+ us +\d+ % +[\d.]+ +[\d.]+ +\d+ % +(memory|compute)$"));
        Assert.That(rows, Has.One.Matches("^wrong +1000 +simd +WRONG"));
    }

    [Test]
    public void A_part_of_a_name_chooses_shapes_of_benchmark_size_first()
    {
        Assert.That(Shapes("right", "--shape", "100"), Is.EqualTo(new[] { "1000" }));
    }

    [TestCase("tiny")]
    [TestCase("TIN")]
    [TestCase("1000 small")]
    public void A_small_shape_is_timed_when_asked_for(string shape)
    {
        Assert.That(Shapes("right", "--shape", shape), Has.Length.EqualTo(1).And.All.Matches<string>(
            name => name.Contains(shape, StringComparison.OrdinalIgnoreCase)));
    }

    [Test]
    public void Several_shapes_end_with_their_geometric_mean()
    {
        var run = CommandLineRun.Of(
            console => new BenchCommand(console, () => [PlantedOperations.Right, PlantedOperations.Right]),
            "bench",
            "--device",
            "cpu",
            "--budget",
            "0.001");

        Assert.That(run.Out, Does.Match(@"\ngeometric mean of 2: [\d.]+ GB/s, [\d.]+ GFLOP/s, \d+ % of peak\n\z"));
    }

    [Test]
    public void All_variants_of_a_device_are_compared_when_asked_for()
    {
        using var document = JsonDocument.Parse(Bench("right", "--variant", "all", "--json").Out);

        var variants = document.RootElement.GetProperty("results").EnumerateArray().Select(result => result.GetProperty("variant").GetString());
        Assert.That(variants, Is.EqualTo(new[] { "simd" }), "the other variant needs a device that runs ILGPU kernels");
    }

    [Test]
    public void Cold_timings_say_so()
    {
        using var document = JsonDocument.Parse(Bench("right", "--cold", "--json").Out);

        Assert.That(document.RootElement.GetProperty("cold").GetBoolean(), Is.True);
        Assert.That(document.RootElement.GetProperty("results")[0].GetProperty("launchesPerSample").GetInt32(), Is.EqualTo(1));
    }

    [TestCase("rihgt", null, null, "Did you mean 'right'?")]
    [TestCase("right", "smid", null, "Did you mean 'simd'?")]
    [TestCase("right", "elementwise", null, "does not run on 'cpu'")]
    [TestCase("right", null, "tinny", "Did you mean 'tiny'?")]
    [TestCase(null, "smid", null, "Did you mean 'simd'?")]
    public void What_does_not_exist_is_a_usage_error_with_the_nearest_match(string? operation, string? variant, string? shape, string expected)
    {
        var run = Bench([
            .. operation is null ? Array.Empty<string>() : [operation],
            .. variant is null ? Array.Empty<string>() : ["--variant", variant],
            .. shape is null ? Array.Empty<string>() : ["--shape", shape]]);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Out, Is.Empty);
        Assert.That(run.Error, Does.Contain(expected));
    }

    [TestCase("0")]
    [TestCase("-1")]
    [TestCase("soon")]
    public void A_budget_is_a_positive_number_of_seconds(string budget)
    {
        var run = CommandLineRun.Of("bench", "--budget", budget);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("--budget"));
    }

    [Test]
    public void The_simulator_is_not_timed()
    {
        var run = CommandLineRun.Of("bench", "--device", "sim");

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("simulator"));
    }

    [Test]
    public void A_device_that_is_not_there_exits_3()
    {
        var run = CommandLineRun.Of("bench", "--device", "opencl:99");

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Device));
        Assert.That(run.Error, Does.Contain("kerneldiff devices"));
    }

    [Test]
    public void Threads_are_refused_on_a_device_that_has_its_own()
    {
        var run = CommandLineRun.Of("bench", "--device", "sim", "--threads", "2");

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("--threads"));
    }

    [Test]
    public void Cancelling_keeps_the_document_and_exits_130()
    {
        var run = CommandLineRun.Of(
            console => new BenchCommand(console, () => [PlantedOperations.Right]),
            ["bench", "--device", "cpu", "--json"],
            new CancellationToken(canceled: true));

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Cancelled));
        using var document = JsonDocument.Parse(run.Out);
        Assert.That(document.RootElement.GetProperty("cancelled").GetBoolean(), Is.True);
        Assert.That(document.RootElement.GetProperty("results").GetArrayLength(), Is.Zero);
    }

    [Test]
    public void The_highest_verbosity_tells_every_launch_that_is_checked()
    {
        var run = Bench("right", "-vv");

        Assert.That(run.Error, Does.Match(@"us  right/simd  1000\n"));
    }

    [Test]
    public void Two_variants_take_turns_and_their_ratio_is_told_with_its_spread()
    {
        string[] line = ["convolution", "--shape", ComparedShape(), "--variant", "indirect", "--against", "winograd4"];
        var run = CommandLineRun.Of(["bench", .. line, "--device", "cpu", "--threads", "1", "--budget", "0.001", "--json"]);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        using var document = JsonDocument.Parse(run.Out);
        var results = document.RootElement.GetProperty("results").EnumerateArray().ToList();
        Assert.That(results.Select(result => result.GetProperty("variant").GetString()), Is.EqualTo(new[] { "indirect", "winograd4" }));
        var comparison = document.RootElement.GetProperty("comparisons").EnumerateArray().Single();
        Assert.That(comparison.GetProperty("variant").GetString(), Is.EqualTo("indirect"));
        Assert.That(comparison.GetProperty("against").GetString(), Is.EqualTo("winograd4"));
        Assert.That(comparison.GetProperty("rounds").GetInt32(), Is.EqualTo(results[0].GetProperty("samples").GetInt32()));
        var ratios = new[] { "lowRatio", "medianRatio", "highRatio" }.Select(name => comparison.GetProperty(name).GetDouble()).ToArray();
        Assert.That(ratios, Is.Ordered.And.All.Positive);
    }

    [Test]
    public void A_variant_that_the_operation_chooses_itself_is_not_compared_with_itself()
    {
        var run = Bench("right", "--against", "simd", "--json");

        Assert.That(run.Error, Does.Contain("not compared: 'right' chooses 'simd' for 1000 itself"));
        using var document = JsonDocument.Parse(run.Out);
        Assert.That(document.RootElement.GetProperty("results").GetArrayLength(), Is.EqualTo(1));
        Assert.That(document.RootElement.GetProperty("comparisons").GetArrayLength(), Is.Zero);
    }

    [TestCase("two different variants", "--against", "simd")]
    [TestCase("two different variants", "right", "--variant", "simd", "--against", "simd")]
    [TestCase("two different variants", "right", "--variant", "all", "--against", "simd")]
    [TestCase("Did you mean 'simd'?", "right", "--against", "smid")]
    [TestCase("does not run on 'cpu'", "right", "--against", "elementwise")]
    public void A_comparison_needs_two_variants_of_one_operation(string message, params string[] arguments)
    {
        var run = Bench(arguments);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain(message));
    }

    /// <summary>A small convolution that both variants support.</summary>
    private static string ComparedShape()
    {
        using var device = DeviceCatalog.Open("cpu", new DeviceOptions { Threads = 1 });
        var convolution = OperationRegistry.All.Single(operation => operation.Name == "convolution");
        return convolution.Cases.First(candidate => candidate.Scale == CaseScale.Small && Supports(candidate, "winograd4") && Supports(candidate, "indirect")).Name;

        bool Supports(OperationCase candidate, string variant)
        {
            using var timer = new CaseTimer(device, convolution, candidate);
            return timer.Check(variant).Launch.Variant == variant;
        }
    }

    private static string?[] Shapes(params string[] arguments)
    {
        using var document = JsonDocument.Parse(Bench([.. arguments, "--json"]).Out);
        return [.. document.RootElement.GetProperty("results").EnumerateArray().Select(result => result.GetProperty("shape").GetString())];
    }

    private static CommandLineRun Bench(params string[] arguments) => CommandLineRun.Of(
        console => new BenchCommand(console, () => [PlantedOperations.Right, PlantedOperations.Wrong]),
        ["bench", "--device", "cpu", "--threads", "1", "--budget", "0.001", .. arguments]);
}
