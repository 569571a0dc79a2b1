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
}
