using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace KernelDiff.Runner.Commands;

/// <summary>Help as System.CommandLine writes it, followed by examples and notes or, for the root, the exit codes.</summary>
internal sealed class HelpTextAction : SynchronousCommandLineAction
{
    private const string ExitCodes =
        "0 done, 1 failed or beyond a threshold, 2 usage, 3 device or memory, 4 bad input file, 130 cancelled";

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
        switch (parseResult.CommandResult.Command)
        {
            case RunnerCommand command:
                WriteExamples(command.Examples);
                WriteSection("Notes:", command.Notes);
                break;
            case RootCommand:
                WriteSection("Exit codes:", [ExitCodes]);
                break;
        }

        return ExitCode.Done;
    }

    private void WriteExamples(IReadOnlyList<(string Line, string Purpose)> examples)
    {
        var width = examples.Select(example => example.Line.Length).DefaultIfEmpty().Max();
        WriteSection("Examples:", [.. examples.Select(example => $"{example.Line.PadRight(width)}  {example.Purpose}")]);
    }

    private void WriteSection(string title, IReadOnlyList<string> lines)
    {
        if (lines.Count == 0)
        {
            return;
        }

        console.Out.WriteLine(title);
        foreach (var line in lines)
        {
            console.Out.WriteLine($"  {line}");
        }

        console.Out.WriteLine();
    }
}
