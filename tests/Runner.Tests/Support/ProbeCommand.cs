using System.CommandLine;
using KernelDiff.Runner.Commands;

namespace KernelDiff.Runner.Tests;

/// <summary>A command whose work is given by the test, so that the machinery around commands can be tested on its own.</summary>
internal sealed class ProbeCommand : RunnerCommand
{
    private readonly Func<CommandContext, int> work;

    public ProbeCommand(RunnerConsole console, Func<CommandContext, int> work)
        : base(console, "probe", "Does what the test says.")
    {
        this.work = work;
        Options.Add(GlobalOptions.Json);
        Options.Add(ExecutionOptions.Device);
        Options.Add(ExecutionOptions.Threads);
    }

    public static Func<RunnerConsole, Command> Doing(Func<CommandContext, int> work) => console => new ProbeCommand(console, work);

    protected override Task<int> RunAsync(CommandContext context) => Task.FromResult(work(context));
}
