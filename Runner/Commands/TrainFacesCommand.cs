using System.CommandLine;
using System.Globalization;
using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Data;
using KernelDiff.Engine.Plans;
using KernelDiff.Engine.Training;
using KernelDiff.Kernels;

namespace KernelDiff.Runner.Commands;

/// <summary>What the trainings on faces share: options, the run's folder, data, progress, the report.</summary>
internal abstract class TrainFacesCommand : RunnerCommand
{
    private const string DefaultConfiguration = "demo";

    private readonly string kind;

    private readonly Option<string> data = new("--data")
    {
        Description = "Folder with faces: CelebAMask-HQ as published, or images with merged masks and an attribute file",
        HelpName = "DIR",
    };

    private readonly Option<string> split = new("--split")
    {
        Description = "How the set is divided; its training part is used [default: the set's own, else CelebA's, else random]",
        HelpName = "own|celeba|random|all",
    };

    private readonly Option<string> configuration = new("--config")
    {
        Description = $"Preset ({string.Join(", ", ConfigurationDocument.Presets)}) or JSON file",
        HelpName = "NAME|FILE",
        DefaultValueFactory = _ => DefaultConfiguration,
    };

    private readonly Option<string[]> settings = new("--set")
    {
        Description = "Replace one setting of the configuration; may be given several times",
        HelpName = "KEY=VALUE",
    };

    private readonly Option<int?> steps = new("--steps") { Description = "Optimiser steps", HelpName = "N" };

    private readonly Option<int?> batch = new("--batch") { Description = "Images of one forward and backward pass", HelpName = "N" };

    private readonly Option<ulong?> seed = new("--seed") { Description = "Of everything that is drawn by chance", HelpName = "S" };

    private readonly Option<string> output = new("--out")
    {
        Description = "Folder of the run, made if it is missing; one that holds a run is refused",
        HelpName = "RUN",
    };

    private readonly Option<string> resume = new("--resume")
    {
        Description = "Go on with a run from its newest whole checkpoint; --steps may change how far",
        HelpName = "RUN",
    };

    private readonly Option<string> cache = new("--cache")
    {
        Description = "Folder for prepared pictures and latents [default: cache in the folder above the run]",
        HelpName = "DIR",
    };

    private readonly Option<bool> dryRun = new("--dry-run")
    {
        Description = "Only tell what would be trained: parameters, memory, steps per epoch, the resolved configuration",
    };

    protected TrainFacesCommand(RunnerConsole console, string kind, string description)
        : base(console, kind, description)
    {
        this.kind = kind;
        foreach (var option in new Option[]
        {
            data, split, configuration, settings, steps, batch, seed, output, resume, cache, dryRun,
            ExecutionOptions.Device, ExecutionOptions.Threads, ExecutionOptions.Plan, ExecutionOptions.Exact, GlobalOptions.Json,
        })
        {
            Options.Add(option);
        }
    }

    public override IReadOnlyList<string> Notes =>
    [
        "RUN holds configuration.json, plan.json, log.jsonl (a line a step), loss.png, samples/ and checkpoints/step-N/ with model.safetensors.",
        "Ctrl+C stops after the current step and saves; --resume goes on, bit by bit as if nothing had happened.",
    ];

    /// <summary>The training's part of a configuration.</summary>
    protected abstract TrainingConfiguration TrainingOf(RunConfiguration run);

    /// <summary>The key of <see cref="TrainingOf"/> in the document.</summary>
    protected abstract string TrainingKey { get; }

    /// <summary>Names of files beyond the data that a run is started with.</summary>
    protected abstract RunInputs AddInputs(CommandContext context, RunInputs inputs);

    /// <summary>Refuses to train where a file was not named; a dry run goes without.</summary>
    protected virtual void Require(RunInputs inputs)
    {
    }

    /// <summary>Loads what the run needs besides the data, and makes the trainer.</summary>
    protected abstract TrainingSetup Prepare(CommandContext context, Device device, RunConfiguration run, RunInputs inputs, StoredFaces faces, string cacheFolder);

    /// <summary>Parameters and memory of a training, without making it.</summary>
    protected abstract (long Parameters, long Bytes) Estimate(RunConfiguration run);

    protected override Task<int> RunAsync(CommandContext context)
    {
        var resumed = context.Get(resume);
        var (run, document, inputs) = resumed is null ? (null, Resolve(context), ReadInputs(context)) : Open(context, resumed);
        var training = TrainingOf(document);
        var (parameters, bytes) = Estimate(document);
        var dataset = FaceDataset.Open(inputs.Data);
        var selection = Select(dataset, inputs.Split, training.Seed);
        if (context.Get(dryRun))
        {
            return Task.FromResult(ReportPlan(context, document, training, parameters, bytes, selection.Length));
        }

        Require(inputs);
        var path = run?.Path ?? RunPath(context);
        if (run is null)
        {
            RunFolder.RequireFree(path);
        }

        using var held = run?.Lock();
        var plan = run is null ? PlanSearch.Find(context.Get(ExecutionOptions.Plan)) : run.ReadPlan();
        using var device = ExecutionOptions.Open(context, plan);
        if (inputs.Exact)
        {
            device.Algorithm = ConvolutionAlgorithm.Direct;
        }

        RequireMemory(device, bytes);
        var cacheFolder = context.Get(cache) ?? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "cache");
        using var store = PrepareFaces(context, dataset, selection, document.Model.ImageSize, cacheFolder);
        using var setup = Prepare(context, device, document, inputs, new StoredFaces(store), cacheFolder);

        // Only now: what fails until here leaves no run behind.
        run ??= RunFolder.Create(path, setup.Configuration);
        using var heldFromNow = held is null ? run.Lock() : null;
        run.Store(setup.Configuration);
        run.StorePlan(plan);
        inputs.Write(run);
        return Task.FromResult(Train(context, device, run, setup, training, resumed is not null));
    }

    private int Train(
        CommandContext context, Device device, RunFolder run, TrainingSetup setup, TrainingConfiguration training, bool isResumed)
    {
        using var progress = new TrainingProgress(context, training, device, setup.Trainer.Steps);
        var driver = new TrainingRun(run, setup.Trainer, training, new TrainingRunEvents
        {
            Stepped = progress.Show,
            Noted = message => context.Log(Verbosity.Normal, message),
            Warned = message => context.Log(Verbosity.Normal, $"warning: {message}"),
        });
        if (isResumed)
        {
            var step = driver.Resume();
            context.Log(Verbosity.Normal, $"Resumed at step {step} of {training.Steps}.");
        }

        var result = driver.Run(context.Cancellation);
        progress.Dispose();
        ReportResult(context, device, run, training, result, progress);
        context.Cancellation.ThrowIfCancellationRequested();
        return ExitCode.Done;
    }

    private void ReportResult(
        CommandContext context, Device device, RunFolder run, TrainingConfiguration training, TrainingRunResult result, TrainingProgress progress)
    {
        var document = new TrainingDocument(
            kind,
            device.Name,
            result.Steps,
            training.Steps,
            result.IsComplete,
            result.Images,
            result.Duration.TotalSeconds,
            result.Images / Math.Max(result.Duration.TotalSeconds, 1e-9),
            progress.RecentLoss,
            device.Pool.PeakBytes,
            Path.GetFullPath(run.Path),
            Path.GetFullPath(result.Model));
        if (context.Json)
        {
            JsonReport.Write(context, document);
            return;
        }

        context.Console.Out.WriteLine(FormattableString.Invariant(
            $"{(result.IsComplete ? "Trained" : "Stopped")} at step {result.Steps} of {training.Steps}: {result.Images} images in {result.Duration.TotalSeconds:F1} s, {document.ImagesPerSecond:F1} images/s, loss {document.Loss:F4}, at most {Units.Bytes(document.PeakBytes)} on {device.Name}."));
        context.Console.Out.WriteLine($"Model: {result.Model}");
        if (!result.IsComplete)
        {
            context.Console.Out.WriteLine($"Go on with: kerneldiff train {kind} --resume {run.Path}");
        }
    }

    private int ReportPlan(
        CommandContext context, RunConfiguration document, TrainingConfiguration training, long parameters, long bytes, int images)
    {
        var plan = new TrainingPlanDocument(
            kind, parameters, bytes, images, images / (double)training.ImagesPerStep, training.Steps, training.Steps * (double)training.ImagesPerStep / images,
            System.Text.Json.JsonDocument.Parse(ConfigurationDocument.Write(document)).RootElement);
        if (context.Json)
        {
            JsonReport.Write(context, plan);
            return ExitCode.Done;
        }

        context.Console.Out.WriteLine(FormattableString.Invariant($"Parameters: {parameters:N0}"));
        context.Console.Out.WriteLine($"Memory: about {Units.Bytes(bytes)}");
        context.Console.Out.WriteLine(FormattableString.Invariant(
            $"Data: {images} images, {plan.StepsPerEpoch:F1} steps of {training.ImagesPerStep} an epoch; {training.Steps} steps are {plan.Epochs:F1} epochs"));
        context.Console.Out.WriteLine(ConfigurationDocument.Write(document));
        return ExitCode.Done;
    }

    /// <summary>The configuration with what the command line changes.</summary>
    private RunConfiguration Resolve(CommandContext context)
    {
        var changes = new List<string>(context.Get(settings) ?? []);
        Add("steps", context.Get(steps));
        Add("batch", context.Get(batch));
        Add("seed", context.Get(seed));
        return ConfigurationDocument.Load(context.Get(configuration)!, changes);

        void Add<T>(string key, T? value)
            where T : struct, IFormattable
        {
            if (value is { } given)
            {
                changes.Add($"{TrainingKey}.{key}={given.ToString(null, CultureInfo.InvariantCulture)}");
            }
        }
    }

    private RunInputs ReadInputs(CommandContext context)
    {
        var folder = context.Get(data)
            ?? throw new UsageException("--data DIR is missing. `kerneldiff data synthesize DIR` makes a set where there is none.");
        return AddInputs(context, new RunInputs
        {
            Data = Path.GetFullPath(folder),
            Split = context.Get(split) ?? "",
            Exact = context.Get(ExecutionOptions.Exact),
        });
    }

    private (RunFolder Run, RunConfiguration Document, RunInputs Inputs) Open(CommandContext context, string path)
    {
        foreach (var option in new Option[] { settings, batch, seed, output, configuration, ExecutionOptions.Exact, ExecutionOptions.Plan })
        {
            if (context.IsGiven(option))
            {
                throw new UsageException($"{option.Name} cannot be changed when a run is resumed: it would not be the same run. Leave it out.");
            }
        }

        var (run, document) = RunFolder.Open(path);
        var inputs = RunInputs.Read(run);
        if (context.Get(data) is { } moved)
        {
            inputs = inputs with { Data = Path.GetFullPath(moved) };
        }

        return (run, context.Get(steps) is { } changed ? WithSteps(document, changed) : document, inputs);
    }

    /// <summary>The document with another number of steps in this training's part.</summary>
    protected abstract RunConfiguration WithSteps(RunConfiguration document, int count);

    private string RunPath(CommandContext context) =>
        context.Get(output) ?? Path.Combine("runs", $"{kind}-{DateTime.Now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}");

    internal static int[] Select(FaceDataset dataset, string name, ulong seed, FacePartition part = FacePartition.Train) => name switch
    {
        "all" => dataset.Select(FaceSplit.Random, null),
        "own" => dataset.Select(FaceSplit.Own, part),
        "celeba" => dataset.Select(FaceSplit.CelebA, part),
        "random" => dataset.Select(FaceSplit.Random, part, seed),
        "" => dataset.Select(dataset.DefaultSplit, part, seed),
        _ => throw UsageException.Unknown("split", name, ["own", "celeba", "random", "all"], "There are own, celeba, random and all."),
    };

    internal static FaceStore PrepareFaces(CommandContext context, FaceDataset dataset, int[] selection, int size, string? cacheFolder)
    {
        foreach (var fault in dataset.Faults.Take(5))
        {
            context.Log(Verbosity.Normal, $"warning: {fault.Name} is left out: {fault.Reason}");
        }

        if (dataset.Faults.Count > 5)
        {
            context.Log(Verbosity.Normal, $"warning: {dataset.Faults.Count - 5} more faces are left out; `kerneldiff data inspect` lists them.");
        }

        var store = FaceStore.Prepare(
            dataset,
            selection,
            new FaceStoreOptions
            {
                Size = size,
                CacheFolder = cacheFolder,
                Progress = (done, all) => context.Progress.Show($"preparing pictures: {done} of {all}"),
            },
            context.Cancellation);
        context.Progress.Clear();
        foreach (var fault in store.Faults.Take(5))
        {
            context.Log(Verbosity.Normal, $"warning: {fault.Name} is left out: {fault.Reason}");
        }

        return store;
    }

    private static void RequireMemory(Device device, long bytes)
    {
        var available = device.Description.MemoryBytes;
        if (available > 0 && bytes > available)
        {
            throw new DeviceMemoryException(
                $"The training needs about {Units.Bytes(bytes)}, '{device.Name}' has {Units.Bytes(available)}. Lower --batch (and raise "
                + "accumulate as much), set model.unet.use_checkpoint=true, or choose a smaller model.");
        }
    }
}

/// <summary>A trainer with what it stands on.</summary>
/// <param name="Trainer">Made for the run.</param>
/// <param name="Configuration">With everything resolved, such as a measured scale factor.</param>
/// <param name="Owned">Disposed after the trainer, the last first.</param>
internal sealed record TrainingSetup(Trainer Trainer, RunConfiguration Configuration, IReadOnlyList<IDisposable> Owned) : IDisposable
{
    public void Dispose()
    {
        Trainer.Dispose();
        foreach (var owned in Owned.Reverse())
        {
            owned.Dispose();
        }
    }
}

/// <summary>What <c>kerneldiff train diffusion|autoencoder|parser|classifier --json</c> prints.</summary>
/// <param name="Kind">diffusion, autoencoder, parser or classifier.</param>
/// <param name="Device">Name of the device.</param>
/// <param name="Step">Steps made.</param>
/// <param name="Steps">Steps of the whole run.</param>
/// <param name="Complete">Whether all are made.</param>
/// <param name="Images">Images seen in this session.</param>
/// <param name="Seconds">Of this session.</param>
/// <param name="ImagesPerSecond">In this session.</param>
/// <param name="Loss">Mean of the last steps.</param>
/// <param name="PeakBytes">The most memory that was in use on the device.</param>
/// <param name="Run">Full path of the run.</param>
/// <param name="Model">Full path of the model.</param>
internal sealed record TrainingDocument(
    string Kind,
    string Device,
    int Step,
    int Steps,
    bool Complete,
    long Images,
    double Seconds,
    double ImagesPerSecond,
    double Loss,
    long PeakBytes,
    string Run,
    string Model);

/// <summary>What <c>--dry-run --json</c> prints.</summary>
/// <param name="Kind">diffusion, autoencoder, parser or classifier.</param>
/// <param name="Parameters">Values that are trained.</param>
/// <param name="Bytes">About how much memory the training takes.</param>
/// <param name="Images">In the training part of the set.</param>
/// <param name="StepsPerEpoch">Steps in which every image is seen once.</param>
/// <param name="Steps">Of the run.</param>
/// <param name="Epochs">How often every image is seen.</param>
/// <param name="Configuration">Resolved.</param>
internal sealed record TrainingPlanDocument(
    string Kind,
    long Parameters,
    long Bytes,
    int Images,
    double StepsPerEpoch,
    int Steps,
    double Epochs,
    System.Text.Json.JsonElement Configuration);
