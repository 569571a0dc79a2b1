using System.CommandLine;

namespace KernelDiff.Runner.Commands;

/// <summary>Base of every command that does something: hands a <see cref="CommandContext"/> to the work.</summary>
internal abstract class RunnerCommand : Command
{
    protected RunnerCommand(RunnerConsole console, string name, string description)
        : base(name, description)
    {
        SetAction(async (parse, cancellation) =>
        {
            var context = new CommandContext(console, parse, cancellation);
            try
            {
                return await RunAsync(context);
            }
            finally
            {
                context.Progress.Clear();
            }
        });
    }

    /// <summary>Command lines worth copying, with what each one does, shown below the help text.</summary>
    public virtual IReadOnlyList<(string Line, string Purpose)> Examples => [];

    /// <summary>What the result means, where the options do not say it, line by line below the help text.</summary>
    public virtual IReadOnlyList<string> Notes => [];

    /// <summary>Does the work.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    protected abstract Task<int> RunAsync(CommandContext context);
}
