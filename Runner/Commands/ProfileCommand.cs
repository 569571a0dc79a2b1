using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using KernelDiff.Engine.Profiling;
using KernelDiff.Kernels;

namespace KernelDiff.Runner.Commands;

/// <summary><c>kerneldiff profile</c>: runs another command and tells where its time went, kernel by kernel.</summary>
internal sealed class ProfileCommand : RunnerCommand
{
    private const string CommandName = "profile";

    private static readonly Argument<string[]> Profiled = new("COMMAND")
    {
        Description = "The kerneldiff command to run, with its arguments; options of profile stand before it",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<bool> Shapes = new("--shapes")
    {
        Description = "A row for each shape of a kernel.",
        Arity = ArgumentArity.Zero,
    };

    private static readonly Option<string?> Trace = File("--trace", "Write every launch and copy as a trace for Perfetto (ui.perfetto.dev)");

    private static readonly Option<string?> Csv = File("--csv", "Write a row for each kernel and shape");

    private static readonly Option<string?> Roofline = File("--roofline", "Draw the kernels under the measured peaks, as PNG");

    private static readonly Option<string?> Compare = File("--compare", "Compare with what --json printed before");

    private static readonly Option<double> Threshold = new("--threshold")
    {
        Description = "With --compare: the ratio of times above which the exit code is 1",
        HelpName = "RATIO",
        DefaultValueFactory = _ => 1.1,
        CustomParser = ParseThreshold,
    };

    private readonly Func<RunnerConsole, CommandLine> createLine;

    /// <param name="console">Where to write.</param>
    /// <param name="createLine">Makes the command line that runs the profiled command.</param>
    public ProfileCommand(RunnerConsole console, Func<RunnerConsole, CommandLine> createLine)
        : base(console, CommandName, "Run a command and tell where its time went, kernel by kernel.")
    {
        this.createLine = createLine;
        Arguments.Add(Profiled);
        foreach (var option in new Option[] { Shapes, Trace, Csv, Roofline, Compare, Threshold, GlobalOptions.Json })
        {
            Options.Add(option);
        }
    }

    public override IReadOnlyList<(string Line, string Purpose)> Examples =>
    [
        ("kerneldiff profile bench network unet --config demo", "the kernels of a network"),
        ("kerneldiff profile --shapes --trace trace.json train demo --steps 20", "each shape, and a trace"),
        ("kerneldiff profile --json bench network unet > before.json", "to compare with later:"),
        ("kerneldiff profile --compare before.json bench network unet", "exit code 1 if a kernel became slower"),
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "The command's own output goes to stderr. Its device is synchronised around every launch, so kernels take what they take alone;",
        "the command as a whole takes longer than without profile.",
        "First calls: compiling, and what made the first launch of a shape longer than the median of the others; not part of Total.",
        "Of peak: the time that the scarcer of arithmetic and memory needs at its measured peak, as a part of Total.",
        "Bound: what most of that time goes to; launch where starting the work takes longer.",
        $"--compare weighs medians, shape by shape, by this run's calls. A kernel counts for the exit code from {Units.Percent(ProfileComparison.LeastShare)} of the time on.",
    ];

    /// <summary>
    /// Puts the <c>--</c> before a profiled command that keeps its options its own: the command begins with the first word that is neither
    /// an option of profile nor the value of one.
    /// </summary>
    public static IReadOnlyList<string> Separate(IReadOnlyList<string> arguments)
    {
        var i = 0;
        while (i < arguments.Count && arguments[i].StartsWith('-'))
        {
            i++;
        }

        if (i == arguments.Count || arguments[i] != CommandName)
        {
            return arguments;
        }

        Option[] withValue = [Trace, Csv, Roofline, Compare, Threshold];
        for (i++; i < arguments.Count && arguments[i] != "--"; i++)
        {
            if (!arguments[i].StartsWith('-'))
            {
                return [.. arguments.Take(i), "--", .. arguments.Skip(i)];
            }

            if (Array.Exists(withValue, option => option.Name == arguments[i]))
            {
                i++;
            }
        }

        return arguments;
    }

    protected override async Task<int> RunAsync(CommandContext context)
    {
        var command = context.Get(Profiled)!;
        if (command[0] == CommandName)
        {
            throw new UsageException("'profile' cannot profile itself. Name the command that does the work.");
        }

        foreach (var output in new[] { Trace, Csv, Roofline }.Select(context.Get).OfType<string>())
        {
            OutputFile.CheckFolder(output);
        }

        var old = context.Get(Compare) is { } path ? JsonReport.Read<ProfileDocument>(path, "kerneldiff profile") : null;
        var session = new ProfileSession(context);

        // What the command prints as its result is not the result of the profile.
        var console = context.Console.WithResultsOnError();
        console.DeviceOpened = session.Observe;
        var exitCode = await session.RunAsync(() => createLine(console).InvokeAsync(command, context.Cancellation));
        if (!session.HasLaunches)
        {
            return exitCode != ExitCode.Done
                ? exitCode
                : throw new UsageException($"'kerneldiff {string.Join(' ', command)}' launched no kernel: there is nothing to profile.");
        }

        var document = session.CreateDocument(command, exitCode, context.Get(Roofline));
        if (old is not null)
        {
            document = document with
            {
                Comparison = ProfileComparison.Of(old, document, context.Get(Compare)!, context.Get(Threshold), context.Get(Shapes)),
            };
        }

        Write(context, session, document);
        return exitCode != ExitCode.Done ? exitCode : document.Comparison is { HasRegressed: true } ? ExitCode.Failed : ExitCode.Done;
    }

    private static void Write(CommandContext context, ProfileSession session, ProfileDocument document)
    {
        context.Progress.Clear();
        if (context.Get(Trace) is { } trace)
        {
            ChromeTrace.Write(trace, session.Recorder.Devices);
        }

        if (context.Get(Csv) is { } csv)
        {
            ProfileCsv.Write(csv, document.Kernels);
        }

        if (context.Json)
        {
            JsonReport.Write(context, document);
        }
        else
        {
            ProfileTable.Write(context.Console, document, context.Get(Shapes));
        }
    }

    private static Option<string?> File(string name, string description) => new(name) { Description = description, HelpName = "FILE" };

    private static double ParseThreshold(ArgumentResult result)
    {
        var text = result.Tokens.Single().Value;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var ratio) && ratio >= 1)
        {
            return ratio;
        }

        result.AddError($"'{text}' is not a threshold: --threshold takes a ratio of times, 1 or more.");
        return 0;
    }
}
