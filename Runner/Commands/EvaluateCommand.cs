using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using KernelDiff.Engine.Data;
using KernelDiff.Engine.Evaluation;
using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Models;
using KernelDiff.Engine.Recognition;
using KernelDiff.Engine.Sampling;
using KernelDiff.Engine.Training;
using KernelDiff.Kernels;

namespace KernelDiff.Runner.Commands;

/// <summary><c>kerneldiff evaluate</c>: whether samples show the masks and attributes that they were sampled for.</summary>
internal sealed class EvaluateCommand : RunnerCommand
{
    private const int GridFaces = 12;
    private const int SmallestCell = 96;

    private static readonly string[] Modes = [.. Enum.GetNames<ConditionMode>().Select(name => name.ToLowerInvariant())];

    private readonly Option<string> weights = new("--weights")
    {
        Description = $"Model file [default: {WeightSearch.EnvironmentVariable}, else the demo model]",
        HelpName = "FILE",
    };

    private readonly Option<string> data = new("--data")
    {
        Description = "Folder with faces, whose test part gives masks and attributes",
        HelpName = "DIR",
        Required = true,
    };

    private readonly Option<string> split = new("--split")
    {
        Description = "How the set is divided; its test part is used [default: the set's own, else CelebA's, else random]",
        HelpName = "own|celeba|random|all",
    };

    private readonly Option<ulong> splitSeed = new("--split-seed")
    {
        Description = "Seed of a random split: that of the training",
        HelpName = "S",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<int?> count = new("--count") { Description = "Faces [default: the whole part]", HelpName = "N" };

    private readonly Option<string> parser = new("--parser")
    {
        Description = "Face parser that measures masks: of `train parser`, or others' weights",
        HelpName = "FILE",
    };

    private readonly Option<string> parserLayers = new("--parser-layers")
    {
        Description = "Layer list of the parser [default: the file's own, else that of face-parsing-unet]",
        HelpName = "FILE",
    };

    private readonly Option<string> classifier = new("--classifier")
    {
        Description = "Classifier that measures attributes: of `train classifier`, or others' weights",
        HelpName = "FILE",
    };

    private readonly Option<string> classifierLayers = new("--classifier-layers")
    {
        Description = "Layer list of the classifier [default: the file's own]",
        HelpName = "FILE",
    };

    private readonly Option<string[]> mode = new("--mode")
    {
        Description = "Conditions that images are sampled for; several give a row each, none is what chance reaches",
        HelpName = "both|mask|attributes|none",
        DefaultValueFactory = _ => ["both"],
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string> sampler = new("--sampler")
    {
        Description = "How noise becomes images",
        HelpName = string.Join('|', SamplerCatalog.Names),
        DefaultValueFactory = _ => "ddim",
    };

    private readonly Option<int?> steps = new("--steps") { Description = "Steps of the sampler [default: the sampler's]", HelpName = "N" };

    private readonly Option<float> guidanceAttributes = new("--guidance-attributes")
    {
        Description = "How much attributes are overdrawn; 1 as trained",
        HelpName = "G",
        DefaultValueFactory = _ => 2,
    };

    private readonly Option<float> guidanceMask = new("--guidance-mask")
    {
        Description = "How much the mask is overdrawn; 1 as trained",
        HelpName = "G",
        DefaultValueFactory = _ => 2,
    };

    private readonly Option<ulong> seed = new("--seed") { Description = "Of the noise", HelpName = "S", DefaultValueFactory = _ => 1 };

    private readonly Option<int> batch = new("--batch")
    {
        Description = "Images that are sampled at once; changes no image",
        HelpName = "N",
        DefaultValueFactory = _ => 8,
    };

    private readonly Option<string> grid = new("--grid")
    {
        Description = $"Write the first {GridFaces} faces with their samples as one picture",
        HelpName = "FILE.png",
    };

    public EvaluateCommand(RunnerConsole console)
        : base(console, "evaluate", "Measure whether samples show the masks and attributes that they were sampled for.")
    {
        OptionValidation.RequirePositive(count);
        OptionValidation.RequirePositive(steps);
        OptionValidation.RequirePositive(batch);
        foreach (var option in new Option[]
        {
            weights, data, split, splitSeed, count, parser, parserLayers, classifier, classifierLayers, mode, sampler, steps,
            guidanceAttributes, guidanceMask, seed, batch, grid, ExecutionOptions.Device, ExecutionOptions.Threads, ExecutionOptions.Plan, ExecutionOptions.Exact, GlobalOptions.Json,
        })
        {
            Options.Add(option);
        }
    }

    public override IReadOnlyList<(string Line, string Purpose)> Examples =>
    [
        ("kerneldiff evaluate --weights model.safetensors --data faces --parser parser.safetensors --mode both none", "mask accuracy beside that without mask"),
        ("kerneldiff evaluate --weights model.safetensors --data faces --classifier classifier.safetensors --guidance-attributes 3", "attribute accuracy"),
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "Everything is measured at the model's image size. The row of the real images, shrunk to it, is what the measuring networks reach at best.",
        "mIoU is the mean over the classes of the given masks. Balanced: mean of the yes and the no that are found; guessing gives 0.5.",
    ];

    protected override Task<int> RunAsync(CommandContext context)
    {
        var modes = ReadModes(context);
        var settings = ReadSettings(context);
        if (context.Get(parser) is null && context.Get(classifier) is null && context.Get(grid) is null)
        {
            throw new UsageException("There is nothing to measure with: give --parser FILE, --classifier FILE or both (or only --grid FILE, to look).");
        }

        var dataset = FaceDataset.Open(context.Get(data)!);
        var selection = TrainFacesCommand.Select(dataset, context.Get(split) ?? "", context.Get(splitSeed), FacePartition.Test);
        selection = selection[..Math.Min(selection.Length, context.Get(count) ?? selection.Length)];
        var weightFile = WeightSearch.Find(context.Get(weights));
        using var device = ExecutionOptions.OpenPlanned(context);
        using var model = FaceModel.Load(device, weightFile);
        settings.Validate(model.Schedule.Timesteps);
        using var faceParser = context.Get(parser) is { } file ? FaceParser.Load(model.Session, file, context.Get(parserLayers)) : null;
        using var attributeClassifier = context.Get(classifier) is { } other
            ? AttributeClassifier.Load(model.Session, other, context.Get(classifierLayers))
            : null;
        using var store = TrainFacesCommand.PrepareFaces(context, dataset, selection, model.Configuration.ImageSize, cacheFolder: null);
        RequireAnnotations(new StoredFaces(store), faceParser, attributeClassifier);
        var evaluation = new Evaluation(context, model, store, faceParser, attributeClassifier, settings, context.Get(seed), context.Get(batch));
        List<EvaluationRow> rows = [evaluation.MeasureReal()];
        var samples = new List<EvaluationSamples>();
        foreach (var conditions in modes)
        {
            var (row, first) = evaluation.MeasureSamples(conditions);
            rows.Add(row);
            samples.Add(first);
        }

        Report(context, Describe(context, device, weightFile, model, faceParser, attributeClassifier, settings, rows), store, samples);
        return Task.FromResult(ExitCode.Done);
    }

    private EvaluationDocument Describe(
        CommandContext context,
        Device device,
        string weightFile,
        FaceModel model,
        FaceParser? faceParser,
        AttributeClassifier? attributeClassifier,
        SamplingSettings settings,
        IReadOnlyList<EvaluationRow> rows) => new(
            device.Name,
            Path.GetFullPath(weightFile),
            model.Hash,
            context.Get(parser) is { } parserFile ? Path.GetFullPath(parserFile) : null,
            faceParser?.Model.Hash,
            context.Get(classifier) is { } classifierFile ? Path.GetFullPath(classifierFile) : null,
            attributeClassifier?.Model.Hash,
            Path.GetFullPath(context.Get(data)!),
            model.Configuration.ImageSize,
            settings.Sampler,
            settings.Steps,
            settings.GuidanceAttributes,
            settings.GuidanceMask,
            context.Get(seed),
            rows);

    private void Report(CommandContext context, EvaluationDocument document, FaceStore store, IReadOnlyList<EvaluationSamples> samples)
    {
        if (context.Get(grid) is { } path)
        {
            var faces = Enumerable.Range(0, Math.Min(GridFaces, store.Count)).Select(i => (store.ImageOf(i), store.MaskOf(i))).ToList();
            ImageFile.SavePng(path, EvaluationReport.Draw(faces, samples, Math.Max(SmallestCell, store.Size)));
            context.Log(Verbosity.Normal, $"Grid: {path}");
        }

        if (context.Json)
        {
            JsonReport.Write(context, document);
        }
        else
        {
            EvaluationReport.WriteTable(context.Console, document);
        }
    }

    private IReadOnlyList<ConditionMode> ReadModes(CommandContext context) =>
    [
        .. context.Get(mode)!.SelectMany(text => text.Split(',')).Select(name => Array.IndexOf(Modes, name) is var index and >= 0
            ? Enum.GetValues<ConditionMode>()[index]
            : throw UsageException.Unknown("mode", name, Modes, $"There are {string.Join(", ", Modes)}.")).Distinct(),
    ];

    private SamplingSettings ReadSettings(CommandContext context)
    {
        var name = context.Get(sampler)!;
        return SamplerCatalog.Names.Contains(name)
            ? new SamplingSettings
            {
                Sampler = name,
                Steps = context.Get(steps) ?? SamplerCatalog.DefaultSteps(name),
                GuidanceAttributes = context.Get(guidanceAttributes),
                GuidanceMask = context.Get(guidanceMask),
            }
            : throw UsageException.Unknown("sampler", name, SamplerCatalog.Names, $"There are {string.Join(", ", SamplerCatalog.Names)}.");
    }

    private static void RequireAnnotations(StoredFaces faces, FaceParser? faceParser, AttributeClassifier? attributeClassifier)
    {
        if (faceParser is not null && !faces.HasMasks)
        {
            throw new UsageException("The set has no masks to measure with --parser. Leave it out, or give a set with masks.");
        }

        if (attributeClassifier is not null && !faces.HasAttributes)
        {
            throw new UsageException("The set has no attributes to measure with --classifier. Leave it out, or give a set with attributes.");
        }
    }

    /// <summary>The loops over real images and samples, with progress.</summary>
    private sealed class Evaluation(
        CommandContext context,
        FaceModel model,
        FaceStore store,
        FaceParser? parser,
        AttributeClassifier? classifier,
        SamplingSettings settings,
        ulong seed,
        int batch)
    {
        private readonly StoredFaces faces = new(store);

        public EvaluationRow MeasureReal()
        {
            var measure = new FaceMeasure(parser, classifier);
            for (var i = 0; i < store.Count; i++)
            {
                Show($"real images: {i} of {store.Count}");
                measure.Add(store.ImageOf(i), store.MaskOf(i), faces.Attributes(i));
            }

            return EvaluationRow.Of("real", measure, 0);
        }

        public (EvaluationRow Row, EvaluationSamples First) MeasureSamples(ConditionMode mode)
        {
            var name = Modes[(int)mode];
            var measure = new FaceMeasure(parser, classifier);
            var kept = new EvaluationSamples(name, [], []);
            var seconds = 0.0;
            for (var first = 0; first < store.Count; first += batch)
            {
                var (start, done) = (Stopwatch.GetTimestamp(), first);
                var images = ConditionedSamples.Sample(
                    model, faces, first, Math.Min(batch, store.Count - first), mode, ModeSettings(mode), seed,
                    step => Show(string.Create(
                        CultureInfo.InvariantCulture, $"{name}: {done} of {store.Count} images, step {step.Step + 1} of {step.Count}")));
                seconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
                for (var i = 0; i < images.Count; i++)
                {
                    var found = measure.Add(images[i], store.MaskOf(first + i), faces.Attributes(first + i));
                    if (first + i < GridFaces)
                    {
                        kept.Images.Add(images[i]);
                        kept.Found.AddRange(found is null ? [] : [found]);
                    }
                }
            }

            return (EvaluationRow.Of(name, measure, seconds), kept);
        }

        /// <summary>Without conditions there is nothing to overdraw, which would only take time.</summary>
        private SamplingSettings ModeSettings(ConditionMode mode) =>
            mode == ConditionMode.None ? settings with { GuidanceAttributes = 1, GuidanceMask = 1 } : settings;

        private void Show(string message)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            context.Progress.Show(message);
        }
    }
}
