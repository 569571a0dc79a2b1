using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Measurement;

namespace KernelDiff.Runner.Commands;

/// <summary><c>kerneldiff bench</c>: checks results, then times what is right.</summary>
internal sealed class BenchCommand : RunnerCommand
{
    private static readonly Argument<string?> OperationName = new("OPERATION")
    {
        Description = "The operation to time [default: all that have shapes of a size worth timing]",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string?> Variant = new("--variant")
    {
        Description = $"The variant to time, or {BenchPlan.AllVariants} to compare them [default: what the operation chooses]",
        HelpName = "V",
    };

    private static readonly Option<string?> Against = new("--against")
    {
        Description = "Also time this variant of OPERATION, in turns, and tell how many times as long the other one takes",
        HelpName = "V",
    };

    private static readonly Option<string?> Shape = new("--shape")
    {
        Description = "Time only shapes whose name contains this; those of test size can be asked for by name",
        HelpName = "S",
    };

    private static readonly Option<bool> Cold = new("--cold")
    {
        Description = "Flush all caches before each launch, by touching a buffer larger than they are.",
        Arity = ArgumentArity.Zero,
    };

    private static readonly Option<double> Budget = new("--budget")
    {
        Description = "Seconds of sampling for each shape and variant, after warming up",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 0.5,
        CustomParser = ParseBudget,
    };

    private readonly Func<IReadOnlyList<Operation>> operations;

    /// <param name="console">Where to write.</param>
    /// <param name="operations">The operations to choose from; called only when they are needed.</param>
    public BenchCommand(RunnerConsole console, Func<IReadOnlyList<Operation>> operations)
        : base(console, "bench", "Check results, then time kernels against the measured peak of the device.")
    {
        this.operations = operations;
        Subcommands.Add(new BenchNetworkCommand(console));
        Arguments.Add(OperationName);
        foreach (var option in new Option[]
        {
            ExecutionOptions.Device, ExecutionOptions.Threads, Variant, Against, Shape, Cold, Budget, GlobalOptions.Json,
        })
        {
            Options.Add(option);
        }
    }

    public override IReadOnlyList<(string Line, string Purpose)> Examples =>
    [
        ("kerneldiff bench", "every operation on the best device"),
        ("kerneldiff bench silu --device opencl:0", "one operation on one device"),
        ("kerneldiff bench convolution --variant winograd4 --against winograd2", "the ratio of two variants with its spread"),
        ("kerneldiff bench silu --variant all --cold", "its variants side by side, from memory rather than from caches"),
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "A result that differs from the double-precision reference is reported and not timed; the exit code then is 1.",
        "Spread: from the 20th to the 80th percentile, as a part of the median.",
        "GB/s counts each operand once; GFLOP/s counts the direct formula, whatever algorithm runs.",
        "Of peak: the time that the scarcer of arithmetic and memory needs at its measured peak, as a part of the median.",
        "Peaks: multiply-adds in registers; a copy on as large a working set or, with --cold, one that no cache holds. Both are",
        "measured again between shapes, and the best counts. A kernel that reads more than it writes may be above 100 %.",
    ];

    protected override Task<int> RunAsync(CommandContext context)
    {
        using var device = ExecutionOptions.Open(context);
        var plan = BenchPlan.Create(operations(), device, context.Get(OperationName), context.Get(Variant), context.Get(Against), context.Get(Shape));
        using var peak = new DevicePeak(device);
        var session = new BenchSession(context, device, peak, TimeSpan.FromSeconds(context.Get(Budget)), context.Get(Cold));
        session.Run(plan);
        context.Progress.Clear();
        WarnOfNoise(context, session);

        if (context.Json)
        {
            JsonReport.Write(context, BenchDocument.From(session));
        }
        else
        {
            BenchTable.Write(context.Console, session);
        }

        context.Cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(session.Results.Any(result => result.Fault is not null) ? ExitCode.Failed : ExitCode.Done);
    }

    private static void WarnOfNoise(CommandContext context, BenchSession session)
    {
        const double TrustworthySpread = 0.2;
        var noisy = session.Results.Count(result => result.Timing?.Seconds.Spread > TrustworthySpread);
        if (noisy > 0)
        {
            context.Log(
                Verbosity.Normal,
                $"{noisy} of {session.Results.Count} results spread by more than {Units.Percent(TrustworthySpread)} of their median: something "
                + "else uses the machine, or its clock changes. Repeat on a quiet machine, or with a larger --budget.");
        }
    }

    private static double ParseBudget(ArgumentResult result)
    {
        const double Most = 3600;
        var text = result.Tokens.Single().Value;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= Most)
        {
            return seconds;
        }

        result.AddError($"'{text}' is not a budget: --budget takes seconds, more than 0 and at most {Most}.");
        return 0;
    }
}
