using KernelDiff.Runner;

var console = RunnerConsole.ForProcess();
using var signals = new TerminationSignals(console.Error);
return await new CommandLine(console).InvokeAsync(args, signals.Token);
