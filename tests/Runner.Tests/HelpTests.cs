using System.CommandLine;
using KernelDiff.Runner.Commands;

namespace KernelDiff.Runner.Tests;

public sealed class HelpTests
{
    private static IEnumerable<TestCaseData> CommandPaths()
    {
        var line = new CommandLine(new RunnerConsole(TextWriter.Null, TextWriter.Null));
        return line.Commands.Select(CommandPath.Of).Prepend("kerneldiff").Select(path => new TestCaseData(path).SetArgDisplayNames(path));
    }

    [TestCaseSource(nameof(CommandPaths))]
    public void Help_of_every_command_is_the_committed_text(string path)
    {
        var run = CommandLineRun.Of([.. path.Split(' ')[1..], "--help"]);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(run.Error, Is.Empty);
        Snapshot.Verify(WithProductName(run.Out), SnapshotName(path));
    }

    [Test]
    public void Every_committed_help_text_belongs_to_a_command()
    {
        var expected = CommandPaths().Select(data => SnapshotName((string)data.Arguments[0]!));

        Assert.That(Snapshot.Names("help-"), Is.SubsetOf(expected));
    }

    [Test]
    public void Help_is_the_answer_when_no_command_is_given()
    {
        Assert.That(CommandLineRun.Of(), Is.EqualTo(CommandLineRun.Of("--help")));
    }

    [Test]
    public void Help_wins_over_errors_in_the_same_line()
    {
        var run = CommandLineRun.Of("--no-such-option", "--help");

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(run.Out, Does.Contain("Usage:"));
    }

    [Test]
    public void Version_is_one_line_on_stdout()
    {
        var run = CommandLineRun.Of("--version");

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(run.Out, Does.Match(@"\A\d+\.\d+\.\d+\S*\n\z"));
        Assert.That(run.Error, Is.Empty);
    }

    // System.CommandLine names the process in its usage line, which here is the test host.
    private static string WithProductName(string help) => help.Replace($"  {RootCommand.ExecutableName} ", "  kerneldiff ", StringComparison.Ordinal);

    private static string SnapshotName(string path) => "help-" + path.Replace(' ', '-');
}
