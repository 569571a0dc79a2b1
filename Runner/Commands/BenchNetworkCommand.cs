using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Profiling;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Measurement;

namespace KernelDiff.Runner.Commands;

/// <summary><c>kerneldiff bench network</c>: times and weighs a whole network of published size with random weights.</summary>
internal sealed class BenchNetworkCommand : RunnerCommand
{
    private static readonly Argument<ModelPart> Part = new("PART")
    {
        Description = "unet: one prediction; encoder: image to latent; decoder: latent to image",
        HelpName = "PART",
        CustomParser = ModelPartNames.Parse,
    };

    private static readonly Option<string> Configuration = new("--config")
    {
        Description = "The model: a preset or a JSON file",
        HelpName = "NAME|FILE",
        DefaultValueFactory = _ => "celebahq-256",
    };

    private static readonly Option<bool> Training = new("--training")
    {
        Description = "A training step: forward, backward with activation checkpointing, AdamW, moving average.",
        Arity = ArgumentArity.Zero,
    };

    private static readonly Option<int> Batch = new("--batch")
    {
        Description = "Images at a time",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<int> Runs = new("--runs")
    {
        Description = "Timed runs, after one to warm up",
        HelpName = "N",
        DefaultValueFactory = _ => 5,
    };

    static BenchNetworkCommand()
    {
        OptionValidation.RequirePositive(Batch);
        OptionValidation.RequirePositive(Runs);
    }

    public BenchNetworkCommand(RunnerConsole console)
        : base(console, "network", "Time a whole network of published size with random weights, and measure its memory.")
    {
        Arguments.Add(Part);
        foreach (var option in new Option[]
        {
            ExecutionOptions.Device, ExecutionOptions.Threads, ExecutionOptions.Plan, ExecutionOptions.Algorithm, ExecutionOptions.Exact, Configuration, Training, Batch, Runs, GlobalOptions.Json,
        })
        {
            Options.Add(option);
        }

        Part.CompletionSources.Clear();
        Part.CompletionSources.Add([.. ModelPartNames.All]);
    }

    public override IReadOnlyList<(string Line, string Purpose)> Examples =>
    [
        ("kerneldiff bench network unet", "one step of sampling"),
        ("kerneldiff bench network unet --training --batch 4", "one step of training"),
        ("kerneldiff bench network decoder --config vq-f4", "the published first stage, to an image of 256 x 256"),
    ];

    public override IReadOnlyList<string> Notes =>
    [
        $"Presets: {string.Join(", ", ConfigurationDocument.Presets)}.",
        "Device memory: the most that weights, activations and workspace took together. Process: the most that the whole process took.",
    ];

    protected override Task<int> RunAsync(CommandContext context)
    {
        var part = context.Get(Part);
        var isTraining = context.Get(Training);
        if (isTraining && part != ModelPart.UNet)
        {
            throw new UsageException("Only the UNet has a training step of its own. Leave --training out.");
        }

        var configuration = ConfigurationDocument.Load(context.Get(Configuration)!).Model;
        if (configuration.UNet is null && part == ModelPart.UNet)
        {
            throw new UsageException($"The configuration '{configuration.Name}' has no UNet. Choose encoder or decoder, or another --config.");
        }

        using var device = ExecutionOptions.OpenPlanned(context);
        using var session = new Session(device);
        context.Progress.Show("making random weights");
        using var workload = part.CreateWorkload(session, configuration, context.Get(Batch), isTraining);
        var seconds = Time(context, workload);
        Report(context, new BenchNetworkDocument(
            VersionAction.Version,
            device.Name,
            ExecutionOptions.Describe(device),
            configuration.Name,
            ModelPartNames.Of(part),
            isTraining,
            workload.InputShape.ToArray(),
            workload.ParameterCount,
            seconds.Median,
            seconds.Low,
            seconds.High,
            seconds.Minimum,
            seconds.Count,
            context.Get(Batch) / seconds.Median,
            device.Pool.PeakBytes,
            ProcessPeak()));
        return Task.FromResult(ExitCode.Done);
    }

    private static SampleSummary Time(CommandContext context, NetworkWorkload workload)
    {
        var runs = context.Get(Runs);
        var seconds = new List<double>(runs);
        for (var i = 0; i <= runs; i++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            context.Progress.Show(i == 0 ? "warming up" : $"run {i} of {runs}");
            var start = Stopwatch.GetTimestamp();
            workload.Run();
            if (i > 0)
            {
                seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
        }

        return SampleSummary.Of(seconds);
    }

    private static long ProcessPeak()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    private static void Report(CommandContext context, BenchNetworkDocument document)
    {
        context.Progress.Clear();
        if (context.Json)
        {
            JsonReport.Write(context, document);
            return;
        }

        context.Console.Out.WriteLine($"{document.Device}: {document.Hardware}; version {document.Version}");
        var table = new ResultTable(
            ("Model", ColumnKind.Name),
            ("Part", ColumnKind.Name),
            ("Input", ColumnKind.Name),
            ("Parameters", ColumnKind.Number),
            ("Median", ColumnKind.Number),
            ("Spread", ColumnKind.Number),
            ("Images/s", ColumnKind.Number),
            ("Device memory", ColumnKind.Number),
            ("Process", ColumnKind.Number));
        table.Add(
            document.Model,
            document.Part + (document.Training ? ", training" : ""),
            $"[{string.Join(", ", document.InputShape)}]",
            document.Parameters.ToString("N0", CultureInfo.InvariantCulture),
            Units.Seconds(document.MedianSeconds),
            Units.Percent((document.HighSeconds - document.LowSeconds) / document.MedianSeconds),
            document.ImagesPerSecond.ToString("0.00", CultureInfo.InvariantCulture),
            Units.Bytes(document.PeakDeviceBytes),
            Units.Bytes(document.PeakProcessBytes));
        table.Write(context.Console);
    }
}

/// <summary>What <c>kerneldiff bench network --json</c> prints.</summary>
/// <param name="Version">Version and commit of kerneldiff.</param>
/// <param name="Device">Name of the device.</param>
/// <param name="Hardware">The hardware and how it is driven.</param>
/// <param name="Model">Name of the configuration.</param>
/// <param name="Part">What ran: unet, encoder or decoder.</param>
/// <param name="Training">Whether a run is a training step.</param>
/// <param name="InputShape">[batch, height, width, channels].</param>
/// <param name="Parameters">Values in the network.</param>
/// <param name="MedianSeconds">Median time of a run.</param>
/// <param name="LowSeconds">20th percentile.</param>
/// <param name="HighSeconds">80th percentile.</param>
/// <param name="MinimumSeconds">Shortest run.</param>
/// <param name="Runs">Timed runs.</param>
/// <param name="ImagesPerSecond">At the median.</param>
/// <param name="PeakDeviceBytes">The most that was in use on the device at one time.</param>
/// <param name="PeakProcessBytes">The most physical memory that the process had; on a GPU, without the device's own.</param>
internal sealed record BenchNetworkDocument(
    string Version,
    string Device,
    string Hardware,
    string Model,
    string Part,
    bool Training,
    IReadOnlyList<int> InputShape,
    long Parameters,
    double MedianSeconds,
    double LowSeconds,
    double HighSeconds,
    double MinimumSeconds,
    int Runs,
    double ImagesPerSecond,
    long PeakDeviceBytes,
    long PeakProcessBytes);
