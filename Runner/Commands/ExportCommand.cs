using System.CommandLine;
using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Models;

namespace KernelDiff.Runner.Commands;

/// <summary><c>kerneldiff export</c>: writes a model file in forms that other programs read.</summary>
internal sealed class ExportCommand : RunnerCommand
{
    private const string SafeTensors = "safetensors";
    private const string Onnx = "onnx";

    private static readonly string[] Formats = [SafeTensors, Onnx];

    private static readonly Argument<string> Input = new("IN")
    {
        Description = "A model file that import or training wrote",
    };

    private static readonly Argument<string> Output = new("OUT")
    {
        Description = "The file to write, *.safetensors or *.onnx",
    };

    private static readonly Option<string?> Format = new("--format")
    {
        Description = $"{string.Join(" or ", Formats)} [default: what the extension of OUT says]",
        HelpName = "FORMAT",
    };

    private static readonly Option<ModelPart?> Part = new("--part")
    {
        Description = "The part that an ONNX file holds: unet, encoder or decoder [default: unet, or decoder where there is none]",
        HelpName = "PART",
        CustomParser = result => ModelPartNames.Parse(result),
    };

    static ExportCommand()
    {
        Format.CompletionSources.Add(Formats);
        Format.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } name && !Formats.Contains(name))
            {
                result.AddError($"There is no format '{name}': --format takes {string.Join(" or ", Formats)}.");
            }
        });
    }

    public ExportCommand(RunnerConsole console)
        : base(console, "export", "Write a model file with latent-diffusion's names, or a part of it as ONNX.")
    {
        Arguments.Add(Input);
        Arguments.Add(Output);
        foreach (var option in new Option[] { Format, Part, OutputFile.Overwrite, GlobalOptions.Json })
        {
            Options.Add(option);
        }
    }

    public override IReadOnlyList<(string Line, string Purpose)> Examples =>
    [
        ("kerneldiff export model.safetensors unet.onnx", "the UNet for ONNX Runtime"),
        ("kerneldiff export model.safetensors decoder.onnx --part decoder", "quantiser and decoder"),
        ("kerneldiff export model.safetensors ldm.safetensors", "the state dict for latent-diffusion"),
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "ONNX: fp32, operator set 17, any batch and size, images and latents as [batch, channels, height, width].",
        "unet: latent, timesteps [batch] and context [batch, tokens, channels] to noise; the encoders of conditions are not part of it.",
        "encoder: image to latent before quantisation, or to mean and log_variance. decoder: latent, quantised first, to image.",
    ];

    protected override Task<int> RunAsync(CommandContext context)
    {
        var (input, output) = (context.Get(Input)!, context.Get(Output)!);
        var format = ChooseFormat(context.Get(Format), output);
        if (format != Onnx && context.Get(Part) is not null)
        {
            throw new UsageException("--part chooses what an ONNX file holds; a state dict holds the whole model. Leave --part out.");
        }

        OutputFile.Check(context, output, input);
        using var file = WeightFile.Open(input);
        var configuration = ModelFile.ConfigurationOf(file);
        context.Progress.Show($"writing {Path.GetFileName(output)}");
        var part = format == Onnx ? WriteOnnx(context, file, configuration, output) : (ModelPart?)null;
        if (part is null)
        {
            ModelExport.WriteStateDict(file, output, context.Cancellation);
        }

        context.Progress.Clear();
        var document = new ExportDocument(
            input, output, configuration.Name, format, part is { } written ? ModelPartNames.Of(written) : null, new FileInfo(output).Length);
        if (context.Json)
        {
            JsonReport.Write(context, document);
        }
        else
        {
            context.Console.Out.WriteLine(
                $"{output}: {(document.Part is null ? "state dict" : document.Part)} of '{document.Configuration}', {Units.Bytes(document.Bytes)}");
        }

        return Task.FromResult(ExitCode.Done);
    }

    private static ModelPart WriteOnnx(CommandContext context, WeightFile file, ModelConfiguration configuration, string output)
    {
        var part = context.Get(Part) ?? (configuration.UNet is null ? ModelPart.Decoder : ModelPart.UNet);
        if (part == ModelPart.UNet && configuration.UNet is null)
        {
            throw new UsageException($"'{configuration.Name}' has no UNet. Choose --part encoder or --part decoder.");
        }

        ModelExport.WriteOnnx(file, part, output, context.Cancellation);
        return part;
    }

    private static string ChooseFormat(string? named, string output)
    {
        var extension = Path.GetExtension(output).TrimStart('.').ToLowerInvariant();
        var known = Formats.Contains(extension) ? extension : null;
        if (named is null)
        {
            return known ?? throw new UsageException(
                $"The extension of '{output}' tells no format. Call it *.{string.Join(" or *.", Formats)}, or add --format.");
        }

        return known is null || known == named
            ? named
            : throw new UsageException($"'{output}' is called {known}, but --format asks for {named}. Change one of them.");
    }
}

/// <summary>What <c>kerneldiff export --json</c> prints.</summary>
/// <param name="Input">The model file.</param>
/// <param name="Output">What was written.</param>
/// <param name="Configuration">Name of the model.</param>
/// <param name="Format">safetensors or onnx.</param>
/// <param name="Part">unet, encoder or decoder; null for a state dict.</param>
/// <param name="Bytes">Size of the output.</param>
internal sealed record ExportDocument(string Input, string Output, string Configuration, string Format, string? Part, long Bytes);
