using System.CommandLine;
using KernelDiff.Runner.Commands;

namespace KernelDiff.Runner;

/// <summary>Tells what is wrong with a command line that could not be parsed, what was probably meant, and where the help is.</summary>
internal static class UsageReport
{
    public static void Write(ParseResult parse, TextWriter error)
    {
        var command = parse.CommandResult.Command;
        var known = Names(command);

        // After an unknown word the rest of the line is unknown too; only the first says something.
        var unknown = parse.UnmatchedTokens is [var first, ..] ? first : null;
        foreach (var message in parse.Errors.Select(found => found.Message).Distinct().Take(unknown is null ? int.MaxValue : 1))
        {
            error.WriteLine($"error: {message}");
        }

        if (unknown is not null && NearestMatch.Find(unknown, known) is { } nearest)
        {
            error.WriteLine($"Did you mean '{nearest}'?");
        }

        error.WriteLine($"Run '{CommandPath.Of(command)} --help' for usage.");
    }

    private static IEnumerable<string> Names(Command command)
    {
        var own = command.Subcommands.SelectMany(NamesOf).Concat(command.Options.SelectMany(NamesOf));
        var inherited = command.Parents.OfType<Command>().SelectMany(parent => parent.Options.Where(o => o.Recursive).SelectMany(NamesOf));
        return own.Concat(inherited);
    }

    private static IEnumerable<string> NamesOf(Command command) => command.Aliases.Prepend(command.Name);

    private static IEnumerable<string> NamesOf(Option option) => option.Aliases.Prepend(option.Name);
}
