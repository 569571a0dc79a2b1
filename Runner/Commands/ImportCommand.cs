using System.CommandLine;
using System.Globalization;
using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Models;

namespace KernelDiff.Runner.Commands;

/// <summary><c>kerneldiff import</c>: turns a checkpoint into a model file.</summary>
internal sealed class ImportCommand : RunnerCommand
{
    private const string Extension = ".safetensors";

    private static readonly Argument<string> Input = new("IN")
    {
        Description = "A checkpoint: safetensors, or a .ckpt, .pt or .pth file that PyTorch wrote",
    };

    private static readonly Argument<string> Output = new("OUT")
    {
        Description = $"The model file to write, *{Extension}",
    };

    private static readonly Option<bool> Averages = new("--ema")
    {
        Description = "Take the moving averages of the UNet's weights (model_ema.*), with which it samples better.",
        Arity = ArgumentArity.Zero,
    };

    private static readonly Option<string?> Configuration = new("--config")
    {
        Description = "The model: a preset or a JSON file [default: what the file states, else the preset that fits]",
        HelpName = "NAME|FILE",
    };

    private static readonly Option<string?> Type = new("--type")
    {
        Description = "Store all weights in this type [default: F16 and BF16 stay what they are, all others become F32]",
        HelpName = "F32|F16|BF16",
    };

    static ImportCommand() => Type.AcceptOnlyFromAmong("F32", "F16", "BF16");

    public ImportCommand(RunnerConsole console)
        : base(console, "import", "Convert a checkpoint of latent-diffusion into a model file.")
    {
        Arguments.Add(Input);
        Arguments.Add(Output);
        foreach (var option in new Option[] { Averages, Configuration, Type, OutputFile.Overwrite, GlobalOptions.Json })
        {
            Options.Add(option);
        }
    }

    public override IReadOnlyList<(string Line, string Purpose)> Examples =>
    [
        ("kerneldiff import model.ckpt celebahq.safetensors --ema", "the published CelebA-HQ model"),
        ("kerneldiff import vq-f4.ckpt first-stage.safetensors", "an autoencoder alone"),
        ("kerneldiff import last.ckpt mine.safetensors --config mine.json", "a network of one's own"),
        ("kerneldiff import RUN/checkpoints/step-9000/model.safetensors small.safetensors --type F16", "a trained model at half its size"),
    ];

    public override IReadOnlyList<string> Notes =>
    [
        $"Presets: {string.Join(", ", ConfigurationDocument.Presets)}.",
        "Every parameter of the configuration must be there with its shape; what nothing needs is ignored. -v lists every name.",
        "Nothing in the checkpoint is executed.",
    ];

    protected override Task<int> RunAsync(CommandContext context)
    {
        var (input, output) = (context.Get(Input)!, context.Get(Output)!);
        if (!output.EndsWith(Extension, StringComparison.OrdinalIgnoreCase))
        {
            throw new UsageException($"import writes safetensors: give OUT the extension {Extension}, not '{Path.GetExtension(output)}'.");
        }

        OutputFile.Check(context, output, input);
        using var file = WeightFile.Open(input);
        var useAverages = context.Get(Averages);
        var import = ModelImport.Plan(
            file, Choose(context, file), useAverages, context.Get(Type) is { } type ? Enum.Parse<ElementType>(type) : null);
        ListNames(context, import);
        if (!useAverages && file.StateDict.Keys.Any(name => name.StartsWith(EmaNames.BufferPrefix, StringComparison.Ordinal)))
        {
            context.Log(Verbosity.Normal, "The file holds moving averages too, with which the UNet samples better: --ema takes them.");
        }

        if (!context.Json)
        {
            ImportTable.Write(context.Console, import);
        }

        context.Progress.Show($"writing {Path.GetFileName(output)}");
        var hash = import.Write(output, context.Cancellation);
        context.Progress.Clear();
        var length = new FileInfo(output).Length;
        if (context.Json)
        {
            JsonReport.Write(context, new ImportDocument(
                input, output, import.Configuration.Name, hash, length, useAverages, import.Used, import.Averaged, import.Ignored));
        }
        else
        {
            context.Console.Out.WriteLine($"{output}: {Units.Bytes(length)}, content {hash}");
        }

        return Task.FromResult(ExitCode.Done);
    }

    private static ModelConfiguration Choose(CommandContext context, WeightFile file)
    {
        if (context.Get(Configuration) is { } named)
        {
            return ConfigurationDocument.Load(named).Model;
        }

        if (file.Metadata.ContainsKey(ModelFile.ConfigurationKey))
        {
            return ModelFile.ConfigurationOf(file);
        }

        var found = ModelImport.Recognize(file) ?? throw new UsageException(
            $"No preset fits {PrintableText.Escape(file.Path)}. Say with --config what it holds: "
            + $"{string.Join(", ", ConfigurationDocument.Presets)}, or a JSON file.");
        context.Log(Verbosity.Verbose, $"Configuration: {found.Name}, whose every parameter the file has");
        return found;
    }

    private static void ListNames(CommandContext context, ModelImport import)
    {
        foreach (var tensor in import.Used)
        {
            context.Log(Verbosity.Verbose, $"used: {tensor.Name} from {PrintableText.Escape(tensor.Source)}");
        }

        foreach (var name in import.Ignored)
        {
            context.Log(Verbosity.Verbose, $"ignored: {PrintableText.Escape(name)}");
        }

        foreach (var name in import.Missing)
        {
            context.Log(Verbosity.Verbose, $"missing: {name}");
        }
    }
}

/// <summary>Prints what became of the names of a checkpoint: a row per part of the model, a row per family of ignored names.</summary>
internal static class ImportTable
{
    private static readonly (string Part, string Prefix)[] Parts =
    [
        ("UNet", ModelParameters.UNetPrefix), ("first stage", FirstStage.Prefix), ("conditioning", ModelParameters.ConditioningPrefix),
    ];

    public static void Write(RunnerConsole console, ModelImport import)
    {
        var table = new ResultTable(
            ("Names", ColumnKind.Name),
            ("Used", ColumnKind.Number),
            ("Averages", ColumnKind.Number),
            ("Missing", ColumnKind.Number),
            ("Ignored", ColumnKind.Number));
        foreach (var (part, prefix) in Parts)
        {
            var (used, missing) = (Count(import.Used.Select(tensor => tensor.Name), prefix), Count(import.Missing, prefix));
            if (used + missing > 0)
            {
                table.Add($"{part} ({prefix}*)", Text(used), Text(Count(import.Averaged, prefix)), Text(missing), "");
            }
        }

        foreach (var family in import.Ignored.GroupBy(Family).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            table.Add(PrintableText.Escape(family.Key), "", "", "", Text(family.Count()));
        }

        console.Out.WriteLine($"configuration: {import.Configuration.Name}");
        table.Write(console);
    }

    private static int Count(IEnumerable<string> names, string prefix) => names.Count(name => name.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>The first part of a name with a star for the rest, so that a thousand names become a few rows.</summary>
    private static string Family(string name) => name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot ? name[..dot] + ".*" : name;

    private static string Text(int count) => count.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What <c>kerneldiff import --json</c> prints.</summary>
/// <param name="Input">The checkpoint.</param>
/// <param name="Output">The model file.</param>
/// <param name="Configuration">Name of the configuration.</param>
/// <param name="Hash">SHA-256 over the content.</param>
/// <param name="Bytes">Size of the model file.</param>
/// <param name="Ema">Whether moving averages were taken.</param>
/// <param name="Used">Tensors that became parameters.</param>
/// <param name="Averaged">Parameters whose moving average was taken.</param>
/// <param name="Ignored">Names that no parameter has.</param>
internal sealed record ImportDocument(
    string Input,
    string Output,
    string Configuration,
    string Hash,
    long Bytes,
    bool Ema,
    IReadOnlyList<ImportedTensor> Used,
    IReadOnlyList<string> Averaged,
    IReadOnlyList<string> Ignored);
