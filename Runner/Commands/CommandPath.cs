using System.CommandLine;

namespace KernelDiff.Runner.Commands;

/// <summary>The words that call a command.</summary>
internal static class CommandPath
{
    private const string Executable = "kerneldiff";

    /// <summary>The executable's name followed by the names down to <paramref name="command"/>, such as <c>kerneldiff train demo</c>.</summary>
    public static string Of(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{Of(parent)} {command.Name}" : Executable;
}
