using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Files;

namespace KernelDiff.Runner.Commands;

/// <summary>
/// <c>kerneldiff ablation</c>: what each condition and P2 weighting are good for. Every part of it is a command line of this product,
/// which is told before it runs, so that each can be repeated alone; what is done already is not done again.
/// </summary>
internal sealed class AblationCommand : RunnerCommand
{
    private readonly Option<string> data = new("--data") { Description = "Folder with faces, masks and attributes", HelpName = "DIR", Required = true };

    private readonly Option<string> autoencoder = new("--autoencoder")
    {
        Description = "Model file with the first stage, from `train autoencoder` or `import`",
        HelpName = "FILE",
        Required = true,
    };

    private readonly Option<string> configuration = new("--config")
    {
        Description = $"Preset ({string.Join(", ", ConfigurationDocument.Presets)}) or JSON file, conditioned on attributes and mask",
        HelpName = "NAME|FILE",
        DefaultValueFactory = _ => "demo",
    };

    private readonly Option<string[]> settings = new("--set")
    {
        Description = "Replace one setting of the configuration for all trainings; may be given several times",
        HelpName = "KEY=VALUE",
    };

    private readonly Option<int?> steps = new("--steps") { Description = "Steps of each diffusion training [default: the configuration's]", HelpName = "N" };

    private readonly Option<string> output = new("--out")
    {
        Description = "Folder of all runs; going on with the same command finishes what is missing",
        HelpName = "DIR",
        DefaultValueFactory = _ => Path.Combine("runs", "ablation"),
    };

    private readonly Option<string> parser = new("--parser") { Description = "Face parser [default: one is trained on the same data]", HelpName = "FILE" };

    private readonly Option<string> classifier = new("--classifier")
    {
        Description = "Attribute classifier [default: one is trained on the same data]",
        HelpName = "FILE",
    };

    private readonly Option<int> count = new("--count")
    {
        Description = "Faces of the test part that each model is measured on",
        HelpName = "N",
        DefaultValueFactory = _ => 64,
    };

    private readonly Option<int> samplingSteps = new("--sampling-steps")
    {
        Description = "Steps of DDIM",
        HelpName = "N",
        DefaultValueFactory = _ => 20,
    };

    public AblationCommand(RunnerConsole console)
        : base(console, "ablation", "Compare models conditioned on attributes, the mask or both, with and without P2 weighting.")
    {
        OptionValidation.RequirePositive(steps);
        OptionValidation.RequirePositive(count);
        OptionValidation.RequirePositive(samplingSteps);
        foreach (var option in new Option[]
        {
            data, autoencoder, configuration, settings, steps, output, parser, classifier, count, samplingSteps,
            ExecutionOptions.Device, ExecutionOptions.Threads, ExecutionOptions.Plan, ExecutionOptions.Exact, GlobalOptions.Json,
        })
        {
            Options.Add(option);
        }
    }

    public override IReadOnlyList<(string Line, string Purpose)> Examples =>
    [
        ("kerneldiff ablation --data faces --autoencoder autoencoder.safetensors --steps 1000", "five models of 1000 steps, one table"),
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "DIR holds a run for each model, besides parser and classifier, the grids, and the documents of the evaluations.",
        "Samples are made as `evaluate` makes them by default, but for --sampling-steps.",
        "The row without conditions is of the same model: what a face gets right by chance.",
    ];

    protected override async Task<int> RunAsync(CommandContext context)
    {
        var common = context.Get(settings) ?? [];
        var document = ConfigurationDocument.Load(context.Get(configuration)!, common);
        var variants = AblationVariant.Of(document.Model);
        var planned = context.Get(steps) ?? document.DiffusionTraining.Steps;
        var folder = context.Get(output)!;
        var parserFile = context.Get(parser) ?? await TrainAsync(context, folder, "parser", "parser", document.ParserTraining.Steps, []);
        var classifierFile = context.Get(classifier)
            ?? await TrainAsync(context, folder, "classifier", "classifier", document.ClassifierTraining.Steps, []);
        var rows = new List<AblationRow>();
        foreach (var variant in variants)
        {
            string[] more = ["--autoencoder", context.Get(autoencoder)!, .. variant.Settings.SelectMany(setting => new[] { "--set", setting })];
            var model = await TrainAsync(context, folder, variant.Name, "diffusion", planned, more);
            var measured = await EvaluateAsync(context, folder, variant, model, parserFile, classifierFile);
            rows.Add(new AblationRow(variant.Name, Path.GetFullPath(model), measured.Rows[0], measured.Rows[1], measured.Rows[2]));
        }

        var result = new AblationDocument(Path.GetFullPath(context.Get(data)!), planned, rows);
        if (context.Json)
        {
            JsonReport.Write(context, result);
        }
        else
        {
            WriteTable(context, result);
        }

        return ExitCode.Done;
    }

    /// <summary>Trains what is missing of a run.</summary>
    /// <returns>The model.</returns>
    private async Task<string> TrainAsync(
        CommandContext context, string folder, string name, string kind, int planned, IReadOnlyList<string> more)
    {
        var run = Path.Combine(folder, name);
        var checkpoint = Path.Combine(run, "checkpoints", string.Create(CultureInfo.InvariantCulture, $"step-{planned}"));
        var wanted = planned.ToString(CultureInfo.InvariantCulture);
        if (!File.Exists(Path.Combine(checkpoint, "DONE")))
        {
            string[] first = ["train", kind, "--steps", wanted];
            await RunAsync(context, File.Exists(Path.Combine(run, "configuration.json"))
                ? [.. first, "--resume", run]
                :
                [
                    .. first, "--out", run, "--data", context.Get(data)!, "--config", context.Get(configuration)!,
                    .. (context.Get(settings) ?? []).SelectMany(setting => new[] { "--set", setting }), .. more,
                ]);
        }

        return Path.Combine(checkpoint, "model.safetensors");
    }

    /// <summary>Evaluates a model, unless the very same was evaluated before.</summary>
    private async Task<EvaluationDocument> EvaluateAsync(
        CommandContext context, string folder, AblationVariant variant, string model, string parserFile, string classifierFile)
    {
        var run = Path.Combine(folder, variant.Name);
        string[] line =
        [
            "evaluate", "--weights", model, "--data", context.Get(data)!, "--parser", parserFile, "--classifier", classifierFile,
            "--mode", variant.Mode, "none", "--count", context.Get(count).ToString(CultureInfo.InvariantCulture),
            "--sampler", "ddim", "--steps", context.Get(samplingSteps).ToString(CultureInfo.InvariantCulture),
            "--grid", Path.Combine(run, "evaluation.png"),
        ];
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', line))))[..8];
        var path = Path.Combine(run, $"evaluation-{key}.json");
        if (!File.Exists(path))
        {
            AtomicFile.WriteAllBytes(path, Encoding.UTF8.GetBytes(await RunAsync(context, line)));
        }

        return JsonSerializer.Deserialize<EvaluationDocument>(File.ReadAllBytes(path), JsonSerializerOptions.Web)!;
    }

    /// <summary>Runs a command line of this product.</summary>
    /// <returns>The document that it prints.</returns>
    /// <exception cref="AblationStoppedException">The command failed; it has said why.</exception>
    private static async Task<string> RunAsync(CommandContext context, IReadOnlyList<string> line)
    {
        List<string> arguments = [.. line];
        if (context.IsGiven(ExecutionOptions.Device))
        {
            arguments.AddRange(["--device", context.Get(ExecutionOptions.Device)!]);
        }

        if (context.Get(ExecutionOptions.Threads) is { } threads)
        {
            arguments.AddRange(["--threads", threads.ToString(CultureInfo.InvariantCulture)]);
        }

        if (context.Get(ExecutionOptions.Plan) is { } plan && !arguments.Contains("--resume"))
        {
            arguments.AddRange([ExecutionOptions.Plan.Name, plan]);
        }

        if (context.Get(ExecutionOptions.Exact))
        {
            arguments.Add("--exact");
        }

        context.Log(Verbosity.Normal, $"kerneldiff {string.Join(' ', arguments)}");
        using var result = new StringWriter();
        var console = new RunnerConsole(
            result, context.Console.Error, isErrorInteractive: context.Console.IsErrorInteractive, width: context.Console.Width);
        var code = await new CommandLine(console).InvokeAsync([.. arguments, "--json"], context.Cancellation);
        context.Cancellation.ThrowIfCancellationRequested();
        return code == ExitCode.Done ? result.ToString() : throw new AblationStoppedException(line, code);
    }

    private static void WriteTable(CommandContext context, AblationDocument result)
    {
        var table = new ResultTable(
            ("Model", ColumnKind.Name), ("Sampled for", ColumnKind.Name), ("N", ColumnKind.Number), ("Mask pixels", ColumnKind.Number),
            ("Mask mIoU", ColumnKind.Number), ("Classes", ColumnKind.Number), ("Attributes, balanced", ColumnKind.Number),
            ("Attributes", ColumnKind.Number), ("Base rate", ColumnKind.Number));
        Add("(real images)", "", result.Runs[0].Real);
        foreach (var run in result.Runs)
        {
            Add(run.Name, run.Samples.Images, run.Samples);
            Add("", run.Unconditional.Images, run.Unconditional);
        }

        context.Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Steps} steps each"));
        table.Write(context.Console);

        void Add(string name, string images, EvaluationRow row) =>
            table.Add([name, images, row.Count.ToString(CultureInfo.InvariantCulture), .. EvaluationReport.Cells(row)]);
    }
}

/// <summary>A part of an ablation failed.</summary>
internal sealed class AblationStoppedException(IReadOnlyList<string> line, int code)
    : Exception($"The ablation stops here, as this failed with exit code {code}: kerneldiff {string.Join(' ', line)}");
