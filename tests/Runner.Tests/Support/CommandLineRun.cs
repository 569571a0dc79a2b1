using System.CommandLine;

namespace KernelDiff.Runner.Tests;

/// <summary>One command line, run in this process from its arguments to its exit code.</summary>
internal sealed record CommandLineRun(int ExitCode, string Out, string Error)
{
    /// <summary>Runs the product's command line with both streams redirected.</summary>
    public static CommandLineRun Of(params string[] arguments) => Of(console => new CommandLine(console), arguments, CancellationToken.None);

    /// <summary>Runs a command line that has only the given command.</summary>
    public static CommandLineRun Of(Func<RunnerConsole, Command> command, params string[] arguments) =>
        Of(command, arguments, CancellationToken.None);

    /// <summary>Runs a command line that has only the given command and may be asked to stop.</summary>
    public static CommandLineRun Of(Func<RunnerConsole, Command> command, string[] arguments, CancellationToken cancellation) =>
        Of(console => new CommandLine(console, [command(console)]), arguments, cancellation);

    private static CommandLineRun Of(Func<RunnerConsole, CommandLine> create, string[] arguments, CancellationToken cancellation)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var console = new RunnerConsole(output, error);
        var exitCode = create(console).InvokeAsync(arguments, cancellation).GetAwaiter().GetResult();
        return new CommandLineRun(exitCode, output.ToString(), error.ToString());
    }
}
