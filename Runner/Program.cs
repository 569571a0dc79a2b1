using KernelDiff.Engine.Configuration;
using KernelDiff.Runner;

if (Environment.ProcessorCount > 1)
{
    // The longest step on the way to the first kernel, and nothing else waits for it until the command line is read.
    _ = Task.Run(ConfigurationDocument.Prepare);
}

var console = RunnerConsole.ForProcess();
using var signals = new TerminationSignals(console.Error);
return await new CommandLine(console).InvokeAsync(args, signals.Token);
