using Spectre.Console;

namespace KernelDiff.Runner.Tests;

public sealed class RunnerConsoleTests
{
    [Test]
    public void Redirected_output_holds_no_escape_sequences()
    {
        using var output = new StringWriter();
        var console = new RunnerConsole(output, TextWriter.Null, useColor: true);

        console.RichOut.MarkupLine("[red]slow[/]");

        Assert.That(output.ToString(), Is.EqualTo("slow\n"));
    }

    [Test]
    public void Without_colours_a_terminal_gets_no_colours()
    {
        using var output = new StringWriter();
        var console = new RunnerConsole(output, TextWriter.Null, isOutputInteractive: true, useColor: false);

        Assert.That(console.RichOut.Profile.Capabilities.ColorSystem, Is.EqualTo(ColorSystem.NoColors));
    }
}
