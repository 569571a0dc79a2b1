using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace KernelDiff.Runner.Commands;

/// <summary>Help as System.CommandLine writes it, followed by examples and, for the root, the exit codes.</summary>
internal sealed class HelpTextAction : SynchronousCommandLineAction
{
    private readonly HelpAction inner;
    private readonly RunnerConsole console;

    public HelpTextAction(HelpAction inner, RunnerConsole console)
    {
        this.inner = inner;
        this.console = console;
        inner.MaxWidth = console.Width ?? int.MaxValue;
    }

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        inner.Invoke(parseResult);
        if (parseResult.CommandResult.Command is RunnerCommand { Examples.Count: > 0 } command)
        {
            WriteExamples(command);
        }
        else if (parseResult.CommandResult.Command is RootCommand)
        {
            console.Out.WriteLine("Exit codes:");
            console.Out.WriteLine("  0 done, 1 failed or beyond a threshold, 2 usage, 3 device or memory, 4 bad input file, 130 cancelled");
            console.Out.WriteLine();
        }

        return ExitCode.Done;
    }

    private void WriteExamples(RunnerCommand command)
    {
        var width = command.Examples.Max(example => example.Line.Length);
        console.Out.WriteLine("Examples:");
        foreach (var (line, purpose) in command.Examples)
        {
            console.Out.WriteLine($"  {line.PadRight(width)}  {purpose}");
        }

        console.Out.WriteLine();
    }
}
