using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using KernelDiff.Engine.Data;
using KernelDiff.Engine.Data.Synthesis;
using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Models;
using KernelDiff.Engine.Sampling;

namespace KernelDiff.Runner.Commands;

/// <summary><c>kerneldiff sample</c>: faces that follow a mask and attributes.</summary>
internal sealed class SampleCommand : RunnerCommand
{
    /// <summary>Edge of the drawn masks that faces follow if nothing is given.</summary>
    private const int DrawnSize = 128;

    private static readonly SamplingSettings Defaults = new();

    private readonly Option<string> weights = new("--weights")
    {
        Description = $"Model file [default: {WeightSearch.EnvironmentVariable}, else the demo model]",
        HelpName = "FILE",
    };

    private readonly Option<string> mask = new("--mask")
    {
        Description = "PNG of class indices or of the official colours, of any size",
        HelpName = "FILE",
    };

    private readonly Option<string> attributes = new("--attributes")
    {
        Description = "As \"Smiling,Eyeglasses,-Male\"; what is not named is left to chance",
        HelpName = "LIST",
    };

    private readonly Option<bool> free = new("--unconditional") { Description = "Follow nothing at all" };

    private readonly Option<int> count = new("--count")
    {
        Description = "Faces of the same conditions, each from noise of its own",
        HelpName = "N",
        DefaultValueFactory = _ => 4,
    };

    private readonly Option<string> sampler = new("--sampler")
    {
        Description = "How noise becomes an image",
        HelpName = string.Join('|', SamplerCatalog.Names),
        DefaultValueFactory = _ => Defaults.Sampler,
    };

    private readonly Option<int?> steps = new("--steps")
    {
        Description = "Evaluations of the network, more for heun [default: 50; ddpm 1000, heun 25, dpm++ 20]",
        HelpName = "S",
    };

    private readonly Option<double> eta = new("--eta")
    {
        Description = "Noise that ddim adds, 0 for none to 1 for as much as ddpm",
        HelpName = "E",
        DefaultValueFactory = _ => Defaults.Eta,
    };

    private readonly Option<float> guidanceAttributes = new("--guidance-attributes")
    {
        Description = "How much attributes are overdrawn; 1 as trained",
        HelpName = "G",
        DefaultValueFactory = _ => 2,
    };

    private readonly Option<float> guidanceMask = new("--guidance-mask")
    {
        Description = "How much the mask is overdrawn; 1 as trained. Equal scales take two evaluations a step, unequal ones three",
        HelpName = "G",
        DefaultValueFactory = _ => 2,
    };

    private readonly Option<ulong> seed = new("--seed") { Description = "Of the noise", HelpName = "S", DefaultValueFactory = _ => 1 };

    private readonly Option<string> sweep = new("--sweep")
    {
        Description = "Attributes to vary, a row for each: no, unspecified, yes, all else the same",
        HelpName = "LIST",
    };

    private readonly Option<ulong?> interpolate = new("--interpolate")
    {
        Description = "Go from --seed to this seed in --count pictures",
        HelpName = "SEED",
    };

    private readonly Option<int> batch = new("--batch")
    {
        Description = "Faces that are made at once; changes the time and the memory, not the faces",
        HelpName = "N",
        DefaultValueFactory = _ => 4,
    };

    private readonly Option<DirectoryInfo> output = new("--out")
    {
        Description = "Folder for the pictures, made if it is missing",
        HelpName = "DIR",
        DefaultValueFactory = _ => new DirectoryInfo("samples"),
    };

    private readonly Option<bool> preview = new("--preview") { Description = "Keep DIR/preview.png up to date with what is in work" };

    public SampleCommand(RunnerConsole console)
        : base(console, "sample", "Make faces that follow a mask and attributes.")
    {
        foreach (var option in new Option[]
        {
            weights, mask, attributes, free, count, sampler, steps, eta, guidanceAttributes, guidanceMask, seed, sweep, interpolate, batch, output,
            preview, ExecutionOptions.Device, ExecutionOptions.Threads, ExecutionOptions.Plan, ExecutionOptions.Exact, GlobalOptions.Json,
        })
        {
            Options.Add(option);
        }

        foreach (var positive in new[] { count, batch })
        {
            positive.Validators.Add(result =>
            {
                if (result.Tokens.Count > 0 && result.GetValueOrDefault<int>() < 1)
                {
                    result.AddError($"{positive.Name} takes a number from 1 on.");
                }
            });
        }
    }

    public override IReadOnlyList<(string Line, string Purpose)> Examples =>
    [
        ("kerneldiff sample", "faces for masks and attributes of drawn faces, by the demo model"),
        ("kerneldiff sample --mask m.png --attributes \"Smiling,-Male\" --count 8", "eight faces of one mask"),
        ("kerneldiff sample --sweep Smiling,Eyeglasses,Male", "what each attribute does"),
        ("kerneldiff sample --seed 1 --interpolate 2 --count 7", "from one face to another"),
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "Written are SEED-INDEX.png for each face, and grid.png with the mask beside. Each PNG carries what is needed to make it again:",
        "kerneldiff reproduce IMAGE. Without --mask, --attributes and --unconditional, each face follows a drawn face of the seed.",
        "Face i of a seed is the same in any batch and on any number of threads.",
    ];

    protected override Task<int> RunAsync(CommandContext context)
    {
        var settings = Settings(context);
        var plan = Plan(context);
        var clock = Stopwatch.StartNew();
        using var device = ExecutionOptions.OpenPlanned(context);
        using var model = FaceModel.Load(device, WeightSearch.Find(context.Get(weights)));
        WarnOfUnused(context, model);
        Validate(settings, model);
        var folder = context.Get(output)!;
        folder.Create();
        context.Log(Verbosity.Verbose, $"Model '{model.Configuration.Name}', {model.ParameterCount} parameters, weights {model.Hash[..12]}");

        var generator = new FaceGenerator(model, settings, context.Get(batch));
        var cells = new List<(RgbImage Image, string Path)>();
        var previewPath = Path.Combine(folder.FullName, "preview.png");
        foreach (var face in generator.Generate(
            plan.Requests, progress => Show(context, progress), context.Get(preview) ? images => SavePreview(previewPath, images) : null))
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{plan.NameOf(cells.Count, face.Record)}.png");
            var path = Path.Combine(folder.FullName, name);
            ImageFile.SavePng(path, face.Image, new Dictionary<string, string> { [SampleRecord.Keyword] = face.Record.Write() });
            if (cells.Count == 0)
            {
                context.Log(Verbosity.Verbose, FormattableString.Invariant($"First face after {clock.Elapsed.TotalSeconds:F1} s"));
            }

            cells.Add((face.Image, path));
        }

        context.Progress.Clear();
        var grid = Path.Combine(folder.FullName, "grid.png");
        ImageFile.SavePng(grid, plan.Draw([.. cells.Select(cell => cell.Image)], model.Configuration.ImageSize));
        Report(context, new SampleDocument(
            device.Name,
            model.Configuration.Name,
            model.Hash,
            settings,
            [.. cells.Select(cell => cell.Path)],
            grid,
            clock.Elapsed.TotalSeconds,
            device.Pool.PeakBytes));
        return Task.FromResult(ExitCode.Done);
    }

    private SamplingSettings Settings(CommandContext context)
    {
        var name = context.Get(sampler)!;
        if (!SamplerCatalog.Names.Contains(name))
        {
            throw UsageException.Unknown("sampler", name, SamplerCatalog.Names, $"There are {string.Join(", ", SamplerCatalog.Names)}.");
        }

        return new SamplingSettings
        {
            Sampler = name,
            Steps = context.Get(steps) ?? SamplerCatalog.DefaultSteps(name),
            Eta = context.Get(eta),
            GuidanceAttributes = context.Get(guidanceAttributes),
            GuidanceMask = context.Get(guidanceMask),
        };
    }

    private SamplePlan Plan(CommandContext context)
    {
        var (maskPath, list, isFree) = (context.Get(mask), context.Get(attributes), context.Get(free));
        if (isFree && (maskPath is not null || list is not null || context.Get(sweep) is not null))
        {
            throw new UsageException("--unconditional follows nothing; leave out --mask, --attributes and --sweep.");
        }

        if (context.Get(sweep) is not null && context.Get(interpolate) is not null)
        {
            throw new UsageException("--sweep and --interpolate are two different grids. Leave one out.");
        }

        var start = context.Get(seed);
        var given = maskPath is null ? null : LabelMaskFile.Read(maskPath);
        given = given is null ? null : Resizing.ToSquare(given, Math.Min(given.Width, given.Height));
        var states = list is null ? null : ParseAttributes(list);
        var drawn = !isFree && given is null && states is null;

        // The complement is a seed that nobody draws a training set with: the model has not seen these faces.
        FaceRequest Request(int face, int index)
        {
            var example = drawn ? FaceSynthesizer.Draw(~start, face, DrawnSize) : null;
            return new FaceRequest
            {
                Origin = new NoiseOrigin(start, index),
                Mask = given ?? example?.Mask,
                Attributes = states ?? example?.Attributes.Select(has => has ? AttributeState.Yes : AttributeState.No).ToArray(),
            };
        }

        if (context.Get(sweep) is { } swept)
        {
            return SamplePlan.Sweep(Request(0, 0), SweptAttributes(swept));
        }

        return context.Get(interpolate) is { } towards
            ? SamplePlan.Interpolation(Request(0, 0), new NoiseOrigin(towards, 0), Math.Max(2, context.Get(count)))
            : SamplePlan.Faces([.. Enumerable.Range(0, context.Get(count)).Select(index => Request(index, index))], sharesConditions: !drawn);
    }

    private static AttributeState[] ParseAttributes(string list)
    {
        try
        {
            return FaceAttributes.Parse(list);
        }
        catch (UnknownAttributeException exception)
        {
            throw UnknownAttribute(exception.Name);
        }
        catch (FormatException exception)
        {
            throw new UsageException(exception.Message);
        }
    }

    private static int[] SweptAttributes(string list) =>
        [.. list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(name =>
            FaceAttributes.IndexOf(name) is >= 0 and var index ? index : throw UnknownAttribute(name))];

    private static UsageException UnknownAttribute(string name) => UsageException.Unknown(
        "attribute", name, FaceAttributes.Names, $"There are {string.Join(", ", FaceAttributes.Names)}.");

    private void WarnOfUnused(CommandContext context, FaceModel model)
    {
        var conditioning = model.Configuration.Conditioning;
        if (context.IsGiven(mask) && !conditioning.UsesMask)
        {
            context.Log(Verbosity.Normal, $"warning: the model '{model.Configuration.Name}' was trained without masks; --mask has no effect.");
        }

        if ((context.IsGiven(attributes) || context.IsGiven(sweep)) && !conditioning.UsesAttributes)
        {
            context.Log(Verbosity.Normal, $"warning: the model '{model.Configuration.Name}' was trained without attributes; they have no effect.");
        }
    }

    private static void Validate(SamplingSettings settings, FaceModel model)
    {
        try
        {
            settings.Validate(model.Schedule.Timesteps);
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(exception.Message, exception);
        }
    }

    private static void Show(CommandContext context, GenerationProgress progress)
    {
        context.Cancellation.ThrowIfCancellationRequested();
        context.Progress.Show(FormattableString.Invariant(
            $"face {progress.Faces + 1} of {progress.Count}, step {progress.Step} of {progress.Steps}"));
    }

    private static void SavePreview(string path, IReadOnlyList<RgbImage> images)
    {
        var grid = new ImageGrid(128);
        grid.AddRow(null, images);
        ImageFile.SavePng(path, grid.Render());
    }

    private static void Report(CommandContext context, SampleDocument document)
    {
        if (context.Json)
        {
            JsonReport.Write(context, document);
            return;
        }

        context.Console.Out.WriteLine(FormattableString.Invariant(
            $"{document.Images.Count} faces by '{document.Model}' on {document.Device} in {document.Seconds:F1} s, at most {Units.Bytes(document.PeakBytes)}."));
        context.Console.Out.WriteLine($"Grid: {document.Grid}");
    }
}

/// <summary>What <c>kerneldiff sample --json</c> prints.</summary>
/// <param name="Device">Name of the device.</param>
/// <param name="Model">What the model calls itself.</param>
/// <param name="Weights">Hash over its weights.</param>
/// <param name="Settings">Sampler, steps, guidance.</param>
/// <param name="Images">Full paths of the faces.</param>
/// <param name="Grid">Full path of the grid.</param>
/// <param name="Seconds">From opening the device to the last picture.</param>
/// <param name="PeakBytes">The most memory that was in use on the device.</param>
internal sealed record SampleDocument(
    string Device,
    string Model,
    string Weights,
    SamplingSettings Settings,
    IReadOnlyList<string> Images,
    string Grid,
    double Seconds,
    long PeakBytes);
