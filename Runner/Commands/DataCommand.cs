using System.CommandLine;

namespace KernelDiff.Runner.Commands;

/// <summary><c>kerneldiff data</c>: data sets of faces.</summary>
internal sealed class DataCommand : Command
{
    public DataCommand(RunnerConsole console)
        : base("data", "Look at a data set of faces, or draw one.")
    {
        Subcommands.Add(new DataInspectCommand(console));
        Subcommands.Add(new DataSynthesizeCommand(console));
    }
}
