using System.CommandLine;

namespace KernelDiff.Runner.Commands;

/// <summary><c>--profile</c>: the command prints its result as always, and the profile follows on stderr.</summary>
internal static class ProfiledRun
{
    /// <param name="console">The command's.</param>
    /// <param name="parse">The command line.</param>
    /// <param name="arguments">The same, as it was given.</param>
    /// <param name="invoke">Runs the command.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>The command's exit code.</returns>
    /// <exception cref="UsageException">The command is <c>profile</c> itself.</exception>
    public static async Task<int> InvokeAsync(
        RunnerConsole console, ParseResult parse, IReadOnlyList<string> arguments, Func<Task<int>> invoke, CancellationToken cancellation)
    {
        if (parse.CommandResult.Command is ProfileCommand)
        {
            throw new UsageException("'profile' tells where the time went already. Leave --profile out.");
        }

        var context = new CommandContext(console, parse, cancellation);
        var session = new ProfileSession(context);
        console.DeviceOpened += session.Observe;
        var exitCode = await session.RunAsync(invoke);
        console.DeviceOpened -= session.Observe;
        if (!session.HasLaunches)
        {
            context.Log(Verbosity.Normal, "--profile: the command launched no kernel, there is nothing to tell.");
            return exitCode;
        }

        var document = session.CreateDocument(arguments, exitCode, roofline: null);
        context.Progress.Clear();
        ProfileTable.Write(console.WithResultsOnError(), document, byShape: false);
        return exitCode;
    }
}
