using System.CommandLine;

namespace KernelDiff.Runner.Commands;

/// <summary>What a command sees of the world while it runs.</summary>
internal sealed class CommandContext
{
    private readonly ParseResult parse;

    public CommandContext(RunnerConsole console, ParseResult parse, CancellationToken cancellation)
    {
        this.parse = parse;
        Console = console;
        Cancellation = cancellation;
        Verbosity = GlobalOptions.VerbosityOf(parse);
        Progress = new ProgressLine(console);
    }

    public RunnerConsole Console { get; }

    /// <summary>Cancelled when the user asked to stop.</summary>
    public CancellationToken Cancellation { get; }

    public Verbosity Verbosity { get; }

    /// <summary>What is going on, for a person who waits.</summary>
    public ProgressLine Progress { get; }

    /// <summary>Whether the result is to be one JSON document.</summary>
    public bool Json => parse.GetValue(GlobalOptions.Json);

    public T? Get<T>(Option<T> option) => parse.GetValue(option);

    /// <summary>Whether the command line names an option, also one that has a default.</summary>
    public bool IsGiven(Option option) => parse.GetResult(option) is { Implicit: false };

    public T? Get<T>(Argument<T> argument) => parse.GetValue(argument);

    /// <summary>Writes a line to stderr when the user asked for at least this much.</summary>
    public void Log(Verbosity level, string message)
    {
        if (Verbosity >= level)
        {
            Progress.Clear();
            Console.Error.WriteLine(message);
        }
    }
}
