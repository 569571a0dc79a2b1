using System.CommandLine;
using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Plans;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Plans;

namespace KernelDiff.Runner.Commands;

/// <summary><c>kerneldiff tune</c>: chooses variants for the shapes of networks by measurement, into a plan.</summary>
internal sealed class TuneCommand : RunnerCommand
{
    private readonly Option<string[]> configurations = new("--config")
    {
        Description = "A model whose shapes are measured: a preset or a JSON file; may be repeated",
        HelpName = "NAME|FILE",
        DefaultValueFactory = _ => ["demo"],
    };

    private readonly Option<ModelPart[]> parts = new("--part")
    {
        Description = "Only this part of the models; may be repeated [default: all that they have]",
        HelpName = string.Join('|', ModelPartNames.All),
        CustomParser = result => [.. result.Tokens.Select(token => ModelPartNames.Parse(token.Value, result))],
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<bool> training = new("--training")
    {
        Description = "Also the gradients of a UNet's training step.",
        Arity = ArgumentArity.Zero,
    };

    private readonly Option<int> batch = new("--batch")
    {
        Description = "Images in each timed call; the choices hold for any batch",
        HelpName = "N",
        DefaultValueFactory = _ => 4,
    };

    private readonly Option<double> budget = new("--budget")
    {
        Description = "Seconds of sampling for each shape and variant, after warming up",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 0.2,
    };

    private readonly Option<double> margin = new("--margin")
    {
        Description = "Percent by which a variant must be faster than the rule's to be chosen",
        HelpName = "PERCENT",
        DefaultValueFactory = _ => 3,
    };

    private readonly Option<string> output = new("--out")
    {
        Description = "The plan; one that is there keeps its other shapes and devices",
        HelpName = "FILE",
        DefaultValueFactory = _ => "plan.json",
    };

    private readonly Func<IReadOnlyList<Operation>> operations;

    /// <param name="console">Where to write.</param>
    /// <param name="operations">The operations to choose from; called only when they are needed.</param>
    public TuneCommand(RunnerConsole console, Func<IReadOnlyList<Operation>> operations)
        : base(console, "tune", "Choose variants of kernels for the shapes of networks by measurement, into a plan.")
    {
        this.operations = operations;
        OptionValidation.RequirePositive(batch);
        OptionValidation.Require(budget, seconds => seconds is > 0 and <= 3600, "seconds, more than 0 and at most 3600");
        OptionValidation.Require(margin, percent => percent is >= 0 and < 100, "a number from 0 to below 100");
        parts.CompletionSources.Clear();
        parts.CompletionSources.Add([.. ModelPartNames.All]);
        foreach (var option in new Option[]
        {
            ExecutionOptions.Device, ExecutionOptions.Threads, configurations, parts, training, batch, budget, margin, output, GlobalOptions.Json,
        })
        {
            Options.Add(option);
        }
    }

    public override IReadOnlyList<(string Line, string Purpose)> Examples =>
    [
        ("kerneldiff tune", "the demo model on the best device, into plan.json"),
        ("kerneldiff tune --config runs/faces/configuration.json --training", "the model of a run, with its gradients"),
        ("kerneldiff sample --plan plan.json", "sample by the plan"),
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "Every variant is first compared with a double-precision reference; a wrong one is reported, never chosen, and the exit code is 1.",
        "Right ones take turns. The fastest is chosen if its median and 80 % of its rounds are faster than the rule's. The plan holds what",
        "differs from the rules. Ctrl+C stops and keeps what is measured.",
        PlanTable.Meaning,
        $"Presets: {string.Join(", ", ConfigurationDocument.Presets)}.",
    ];

    protected override Task<int> RunAsync(CommandContext context)
    {
        var networks = Networks(context);
        var path = context.Get(output)!;
        OutputFile.CheckFolder(path);
        var known = File.Exists(path) ? PlanFile.Read(path).Document : PlanDocument.Empty;
        using var device = ExecutionOptions.Open(context);
        if (device.Kind == DeviceKind.Simulator)
        {
            throw new UsageException("The simulator's times say nothing about any hardware. Choose another device with --device.");
        }

        var tuner = new PlanTuner(device, context.Get(batch), TimeSpan.FromSeconds(context.Get(budget)), context.Get(margin) / 100);
        var session = new TuneSession(context, operations(), device, tuner);
        session.Run(networks);
        var plan = PlanFile.Of(path, known.With(Describe(context, device), session.Shapes));
        if (session.IsCancelled && session.Shapes.Count == 0)
        {
            context.Cancellation.ThrowIfCancellationRequested();
        }

        plan.Write(path);
        Report(context, device, session, plan);
        context.Cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(session.Shapes.Any(shape => shape.Wrong.Count > 0) ? ExitCode.Failed : ExitCode.Done);
    }

    private List<TunedNetwork> Networks(CommandContext context)
    {
        var wanted = context.Get(parts) is { Length: > 0 } named ? named : Enum.GetValues<ModelPart>();
        List<TunedNetwork> networks =
        [
            .. context.Get(configurations)!
                .Select(name => ConfigurationDocument.Load(name).Model)
                .SelectMany(model => wanted
                    .Where(part => part != ModelPart.UNet || model.UNet is not null)
                    .Select(part => new TunedNetwork(model, part, context.Get(training) && part == ModelPart.UNet))),
        ];
        return networks.Count > 0 ? networks : throw new UsageException(
            "The configurations have no UNet. Choose encoder or decoder with --part, or another --config.");
    }

    private DevicePlan Describe(CommandContext context, Device device) => new()
    {
        Device = PlanTarget.Of(device),
        Hardware = device.Description.Hardware,
        Threads = (device as CpuDevice)?.Workers.Threads,
        Version = VersionAction.Version,
        Batch = context.Get(batch),
        Choices = [],
    };

    private static void Report(CommandContext context, Device device, TuneSession session, PlanFile plan)
    {
        if (context.Json)
        {
            JsonReport.Write(context, TuneDocument.Of(device, session, plan));
            return;
        }

        context.Console.Out.WriteLine($"{device.Name}: {ExecutionOptions.Describe(device)}; version {VersionAction.Version}");
        PlanTable.Write(context.Console, session.Shapes);
        var chosen = session.Shapes.Count(shape => shape.Chosen != shape.Rule);
        context.Console.Out.WriteLine(FormattableString.Invariant(
            $"{chosen} of {session.Shapes.Count} shapes are chosen otherwise than by the rules{(session.IsCancelled ? "; cancelled before the rest" : "")}."));
        context.Console.Out.WriteLine($"Plan: {plan.Source}, {plan.Hash}");
    }
}

/// <summary>What <c>kerneldiff tune --json</c> prints.</summary>
/// <param name="Version">Version and commit of kerneldiff.</param>
/// <param name="Device">Name of the device.</param>
/// <param name="Hardware">The hardware and how it is driven.</param>
/// <param name="Cancelled">Whether shapes were left.</param>
/// <param name="Plan">The file.</param>
/// <param name="Hash">Of the plan.</param>
/// <param name="Shapes">What was measured.</param>
internal sealed record TuneDocument(
    string Version, string Device, string Hardware, bool Cancelled, string Plan, string Hash, IReadOnlyList<TunedShape> Shapes)
{
    public static TuneDocument Of(Device device, TuneSession session, PlanFile plan) => new(
        VersionAction.Version,
        device.Name,
        ExecutionOptions.Describe(device),
        session.IsCancelled,
        Path.GetFullPath(plan.Source),
        plan.Hash,
        session.Shapes);
}
