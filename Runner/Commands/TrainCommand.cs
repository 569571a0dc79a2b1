using System.CommandLine;

namespace KernelDiff.Runner.Commands;

/// <summary><c>kerneldiff train</c>: what can be trained.</summary>
internal sealed class TrainCommand : Command
{
    public TrainCommand(RunnerConsole console)
        : base("train", "Train a network.")
    {
        Subcommands.Add(new TrainDemoCommand(console));
        Subcommands.Add(new TrainAutoencoderCommand(console));
        Subcommands.Add(new TrainDiffusionCommand(console));
        Subcommands.Add(new TrainParserCommand(console));
        Subcommands.Add(new TrainClassifierCommand(console));
    }
}
