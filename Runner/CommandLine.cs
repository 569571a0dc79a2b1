using System.CommandLine;
using System.CommandLine.Help;
using KernelDiff.Kernels;
using KernelDiff.Runner.Commands;

namespace KernelDiff.Runner;

/// <summary>The whole command line: builds the commands, parses, runs, and turns every failure into a message and an exit code.</summary>
internal sealed class CommandLine
{
    private readonly RunnerConsole console;
    private readonly RootCommand root;

    /// <summary>The command line of the product.</summary>
    public CommandLine(RunnerConsole console)
        : this(
            console,
            [
                new DevicesCommand(console, DeviceCatalog.List),
                new KernelsCommand(console, () => OperationRegistry.All),
                new BenchCommand(console, () => OperationRegistry.All),
                new TuneCommand(console, () => OperationRegistry.All),
                new PlanCommand(console),
                new ProfileCommand(console, inner => new CommandLine(inner)),
                new InspectCommand(console),
                new ImportCommand(console),
                new ExportCommand(console),
                new TrainCommand(console),
                new SampleCommand(console),
                new ReproduceCommand(console),
                new EvaluateCommand(console),
                new AblationCommand(console),
                new DataCommand(console),
                new VerifyCommand(console),
            ])
    {
    }

    /// <summary>A command line with the given commands.</summary>
    public CommandLine(RunnerConsole console, IEnumerable<Command> commands)
    {
        this.console = console;
        root = new RootCommand("Diffusion models on hand-written kernels: devices, kernels, measurements, training.");
        root.Options.Add(GlobalOptions.Verbose);
        root.Options.Add(GlobalOptions.Profile);
        foreach (var command in commands)
        {
            root.Subcommands.Add(command);
        }

        foreach (var option in root.Options)
        {
            switch (option)
            {
                case HelpOption help:
                    help.Action = new HelpTextAction((HelpAction)help.Action!, console);
                    break;
                case VersionOption version:
                    version.Action = new VersionAction(console);
                    break;
            }
        }

        // Without a command the help is the answer, not an error.
        root.SetAction(_ => Parse(["--help"]).Invoke(Configuration));
    }

    /// <summary>Every command below the root, groups included, in the order of the help text.</summary>
    public IEnumerable<Command> Commands => Descendants(root);

    private InvocationConfiguration Configuration => new()
    {
        Output = console.Out,
        Error = console.Error,
        // Exceptions are mapped here and signals by TerminationSignals.
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = null,
    };

    /// <summary>Runs one command line to its end.</summary>
    /// <param name="arguments">The arguments, without the executable's name.</param>
    /// <param name="cancellation">Asks the command to stop at its next safe point.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public async Task<int> InvokeAsync(IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        var parse = Parse(arguments);
        var verbosity = GlobalOptions.VerbosityOf(parse);
        try
        {
            // Help and version are answered whatever else the line holds; everything else needs a line without errors.
            if (parse.Errors.Count > 0 && parse.Action is not { ClearsParseErrors: true })
            {
                UsageReport.Write(parse, console.Error);
                return ExitCode.Usage;
            }

            return parse.GetValue(GlobalOptions.Profile)
                ? await ProfiledRun.InvokeAsync(console, parse, arguments, () => parse.InvokeAsync(Configuration, cancellation), cancellation)
                : await parse.InvokeAsync(Configuration, cancellation);
        }
#pragma warning disable CA1031 // This is the one place that maps every exception to a message and an exit code.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return FailureReport.Write(exception, verbosity, console.Error);
        }
    }

    private static IEnumerable<Command> Descendants(Command command) =>
        command.Subcommands.SelectMany(child => Descendants(child).Prepend(child));

    private ParseResult Parse(IReadOnlyList<string> arguments) => root.Parse(ProfileCommand.Separate(arguments));
}
