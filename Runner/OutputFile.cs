using System.CommandLine;
using KernelDiff.Runner.Commands;

namespace KernelDiff.Runner;

/// <summary>A file that a command is going to write: checked before any work is done for it.</summary>
internal static class OutputFile
{
    /// <summary><c>--overwrite</c>: without it, an existing output is an error.</summary>
    public static Option<bool> Overwrite { get; } = new("--overwrite")
    {
        Description = "Replace the output if it exists; the old one stays until the new one is complete.",
        Arity = ArgumentArity.Zero,
    };

    /// <exception cref="UsageException">The output exists and may not be replaced, is the input, or its folder does not exist.</exception>
    public static void Check(CommandContext context, string output, string input)
    {
        var path = Path.GetFullPath(output);
        if (path == Path.GetFullPath(input))
        {
            throw new UsageException($"'{output}' is the input. Choose another name for the output.");
        }

        CheckFolder(output);
        if (File.Exists(path) && !context.Get(Overwrite))
        {
            throw new UsageException($"'{output}' exists. Choose another name, or add --overwrite.");
        }
    }

    /// <summary>Checks an output that may replace an older one.</summary>
    /// <exception cref="UsageException">The output is a folder, or the folder for it does not exist.</exception>
    public static void CheckFolder(string output)
    {
        var path = Path.GetFullPath(output);
        if (Directory.Exists(path))
        {
            throw new UsageException($"'{output}' is a folder. Give the name of a file.");
        }

        if (!Directory.Exists(Path.GetDirectoryName(path)))
        {
            throw new UsageException($"There is no folder '{Path.GetDirectoryName(path)}' for the output.");
        }
    }
}
