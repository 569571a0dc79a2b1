using System.Text.Json;
using KernelDiff.Kernels;

namespace KernelDiff.Runner.Tests;

public sealed class KernelsCommandTests
{
    [Test]
    public void The_document_lists_the_whole_registry()
    {
        var run = CommandLineRun.Of("kernels", "--json");

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(run.Error, Is.Empty);
        using var document = JsonDocument.Parse(run.Out);
        var found = document.RootElement.GetProperty("operations").EnumerateArray().Select(operation => (
            operation.GetProperty("name").GetString(),
            operation.GetProperty("family").GetString(),
            string.Join(' ', operation.GetProperty("variants").EnumerateArray().Select(variant => variant.GetProperty("name").GetString()))));
        var expected = OperationRegistry.All.Select(operation =>
            (operation.Name, operation.Family, string.Join(' ', operation.Variants.Select(variant => variant.Name))));
        Assert.That(found, Is.EqualTo(expected));
    }

    [Test]
    public void The_table_has_a_row_for_every_variant_with_the_devices_that_run_it()
    {
        var run = CommandLineRun.Of("kernels");
        var rows = run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.That(rows[0], Does.Match("^Family +Operation +Variant +Devices$"));
        Assert.That(rows, Has.Length.EqualTo(1 + OperationRegistry.All.Sum(operation => operation.Variants.Count)));
        Assert.That(rows, Has.One.Matches("^Pointwise +silu +simd +cpu\\*$"));
        Assert.That(rows, Has.One.Matches("^Pointwise +silu +elementwise +gpu\\*, opencl-cpu\\*, sim\\*$"));
    }

    [Test]
    public void Kernels_of_a_variant_are_named_as_profilers_show_them()
    {
        using var document = JsonDocument.Parse(CommandLineRun.Of("kernels", "--json").Out);
        var silu = document.RootElement.GetProperty("operations").EnumerateArray()
            .Single(operation => operation.GetProperty("name").GetString() == "silu");
        var kernels = silu.GetProperty("variants").EnumerateArray().Select(variant => variant.GetProperty("kernels").GetArrayLength());

        Assert.That(kernels, Is.EqualTo(new[] { 0, 1 }), "a SIMD twin launches none, the elementwise variant one");
    }

    [Test]
    public void A_named_operation_is_listed_alone_and_a_named_variant_of_it_too()
    {
        var operation = CommandLineRun.Of("kernels", "silu").Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var variant = CommandLineRun.Of("kernels", "silu", "--variant", "simd").Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.That(operation, Has.Length.EqualTo(3).And.All.Matches("silu|Family"));
        Assert.That(variant, Has.Length.EqualTo(2));
        Assert.That(variant[1], Does.Match("^Pointwise +silu +simd "));
    }

    [TestCase("SM_80")]
    [TestCase("sm_80")]
    [TestCase("80")]
    public void PTX_is_printed_with_its_facts_as_comments(string architecture)
    {
        var run = CommandLineRun.Of("kernels", "silu", "--variant", "elementwise", "--ptx", architecture);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Out, Does.StartWith("// silu/elementwise: UnaryKernels<Silu>.Forward, PTX for sm_80\n"));
        Assert.That(run.Out, Does.Match(@"\n// \d+ instructions: .*\b(mul|fma|add) \d+").And.Contain("// no shared memory; no warnings\n"));
        Assert.That(run.Out, Does.Contain("\n.target sm_80\n").And.Contain(".visible .entry"));
    }

    [Test]
    public void Facts_are_shown_without_the_source()
    {
        using var document = JsonDocument.Parse(CommandLineRun.Of("kernels", "silu", "--show", "--json").Out);

        var kernels = document.RootElement.GetProperty("kernels").EnumerateArray().ToDictionary(kernel => kernel.GetProperty("variant").GetString()!);
        Assert.That(kernels.Keys, Is.EquivalentTo(new[] { "simd", "elementwise" }));
        Assert.That(kernels["elementwise"].GetProperty("source").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(
            kernels["elementwise"].GetProperty("mix").EnumerateArray().Sum(count => count.GetProperty("count").GetInt32()),
            Is.EqualTo(kernels["elementwise"].GetProperty("instructions").GetInt32()).And.Positive);
        Assert.That(kernels["elementwise"].GetProperty("warnings").GetArrayLength(), Is.Zero);
        Assert.That(kernels["simd"].GetProperty("language").GetString(), Is.EqualTo("managed SIMD code"));
        Assert.That(kernels["simd"].GetProperty("kernel").GetString(), Does.StartWith("UnaryForward<Silu"));
        Assert.That(kernels["simd"].GetProperty("instructions").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public void OpenCL_is_printed_without_a_driver()
    {
        var run = CommandLineRun.Of("kernels", "silu", "--variant", "elementwise", "--opencl");

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Out, Does.StartWith("// silu/elementwise: UnaryKernels<Silu>.Forward, OpenCL C 2.0\n").And.Contain("kernel void"));
    }

    [TestCase("Did you mean 'silu'?", "sliu")]
    [TestCase("Did you mean 'elementwise'?", "silu", "--variant", "elementwize")]
    [TestCase("--show needs the name of an operation", "--show")]
    [TestCase("Choose one", "silu", "--show", "--opencl")]
    [TestCase("SM_80", "silu", "--ptx", "SM_81")]
    public void What_does_not_exist_or_fit_is_a_usage_error(string message, params string[] arguments)
    {
        var run = CommandLineRun.Of(["kernels", .. arguments]);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Out, Is.Empty);
        Assert.That(run.Error, Does.Contain(message));
    }
}
