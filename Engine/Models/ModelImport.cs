using System.Globalization;
using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Tensors;
using ElementType = KernelDiff.Engine.Files.ElementType;

namespace KernelDiff.Engine.Models;

/// <summary>A tensor that becomes a parameter.</summary>
/// <param name="Name">In the model file.</param>
/// <param name="Source">Its place in the checkpoint.</param>
/// <param name="Type">As it is stored in the model file.</param>
/// <param name="Shape">As PyTorch orders it.</param>
public sealed record ImportedTensor(string Name, string Source, string Type, IReadOnlyList<int> Shape);

/// <summary>
/// Turns a checkpoint of latent-diffusion (or a file of one of its networks alone, without prefix) into a model file. Nothing is read but
/// descriptions until <see cref="Write"/>.
/// </summary>
public sealed class ModelImport
{
    private const string ImportedFromKey = "kerneldiff.imported-from";

    // Buffers of latent-diffusion that say what a configuration says too.
    private const string ScaleFactorName = "scale_factor";
    private const string ScheduleName = "alphas_cumprod";

    private readonly WeightFile file;
    private readonly List<(ImportedTensor Description, WeightTensor Tensor, ElementType Type)> matches = [];

    private ModelImport(WeightFile file, ModelConfiguration configuration)
    {
        this.file = file;
        Configuration = configuration;
    }

    /// <summary>The configuration, with the scale factor that the file holds, if it does.</summary>
    public ModelConfiguration Configuration { get; private set; }

    /// <summary>Tensors that become parameters.</summary>
    public IReadOnlyList<ImportedTensor> Used => [.. matches.Select(match => match.Description)];

    /// <summary>Names in the file's state dict that no parameter has.</summary>
    public IReadOnlyList<string> Ignored { get; private set; } = [];

    /// <summary>Parameters that the file does not have.</summary>
    public IReadOnlyList<string> Missing { get; private set; } = [];

    /// <summary>Parameters whose moving average was taken.</summary>
    public IReadOnlyList<string> Averaged { get; private set; } = [];

    /// <summary>Matches the names of a file and the parameters of a configuration.</summary>
    /// <param name="file">Stays the caller's, who keeps it open until the model is written.</param>
    /// <param name="configuration">Of the model.</param>
    /// <param name="useAverages">Whether moving averages (<c>model_ema.*</c>) stand for the UNet's parameters.</param>
    /// <param name="type">F32, F16 or BF16 for all tensors; null keeps F16 and BF16 and makes F32 of all others.</param>
    /// <exception cref="WeightFileException">
    /// A tensor has another shape than its parameter, the noise schedule is another one, or averages are asked for and missing. Missing parameters are no error here.
    /// </exception>
    public static ModelImport Plan(WeightFile file, ModelConfiguration configuration, bool useAverages, ElementType? type = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        var import = new ModelImport(file, configuration);
        IReadOnlyDictionary<string, WeightTensor> tensors = file.StateDict;
        if (useAverages)
        {
            var substituted = EmaNames.Substitute(file);
            tensors = substituted.Tensors;
            import.Averaged = substituted.Averaged;
        }

        import.Match(tensors, type);
        import.TakeScaleFactor();
        import.RequireSchedule();
        if (useAverages)
        {
            import.RequireAverages();
        }

        return import;
    }

    /// <summary>The configuration among those that come with the product whose every parameter a file has, or null.</summary>
    public static ModelConfiguration? Recognize(WeightFile file) => ConfigurationDocument.Presets
        .Select(preset => ConfigurationDocument.Load(preset).Model)
        .OrderByDescending(configuration => configuration.UNet is not null)
        .FirstOrDefault(configuration => Fits(file, configuration));

    /// <summary>Writes the model file.</summary>
    /// <param name="path">The file; an older one of this name stays until the new one is complete.</param>
    /// <param name="cancellation">Stops between two tensors; nothing remains then.</param>
    /// <returns>The hash over the content.</returns>
    /// <exception cref="WeightFileException">Parameters are missing, or the checkpoint cannot be read.</exception>
    /// <exception cref="IOException">The model cannot be written.</exception>
    public string Write(string path, CancellationToken cancellation = default)
    {
        if (Missing.Count > 0)
        {
            throw new WeightFileException(
                file.Path,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Missing.Count} of {Missing.Count + matches.Count} parameters of '{Configuration.Name}' are missing, the first is '{Missing[0]}'"),
                "Check that the file belongs to this configuration; `kerneldiff inspect` lists what it holds.");
        }

        var tensors = matches.ConvertAll(match => new ModelFileTensor(
            new TensorDeclaration(match.Description.Name, match.Type, match.Description.Shape), () => Read(match.Tensor, match.Type)));
        var metadata = new Dictionary<string, string> { [ImportedFromKey] = Path.GetFileName(file.Path) };
        return ModelFile.Write(path, Configuration, tensors, metadata, cancellation);
    }

    private static bool Fits(WeightFile file, ModelConfiguration configuration)
    {
        try
        {
            return Plan(file, configuration, useAverages: false).Missing.Count == 0;
        }
        catch (WeightFileException)
        {
            // A tensor of another shape: the file belongs to another configuration.
            return false;
        }
    }

    private void Match(IReadOnlyDictionary<string, WeightTensor> tensors, ElementType? wanted)
    {
        var prefixes = ModelParameters.Prefixes.ToDictionary(
            prefix => prefix,
            prefix => tensors.Keys.Any(name => name.StartsWith(prefix, StringComparison.Ordinal)) ? prefix : "");
        var missing = new List<string>();
        var used = new HashSet<string>();
        foreach (var specification in ModelParameters.Of(Configuration))
        {
            var prefix = ModelParameters.Prefixes.First(prefix => specification.Name.StartsWith(prefix, StringComparison.Ordinal));
            var source = prefixes[prefix] + specification.Name[prefix.Length..];
            if (!tensors.TryGetValue(source, out var tensor))
            {
                missing.Add(specification.Name);
                continue;
            }

            RequireShape(tensor, specification);
            var type = wanted ?? (tensor.Type is ElementType.F16 or ElementType.BF16 ? tensor.Type : ElementType.F32);
            matches.Add((new ImportedTensor(specification.Name, tensor.Name, type.SafeTensorsName(), [.. tensor.Shape]), tensor, type));
            used.Add(source);
        }

        Missing = missing;
        Ignored = [.. file.StateDict.Where(entry => !used.Contains(entry.Key) && !matches.Exists(match => match.Tensor == entry.Value))
            .Select(entry => entry.Key)];
    }

    private void RequireShape(WeightTensor tensor, ParameterSpecification specification)
    {
        var expected = specification.FileShape;
        if (!tensor.Shape.AsSpan().SequenceEqual(expected.AsSpan()))
        {
            throw new WeightFileException(
                file.Path,
                $"the tensor {PrintableText.Quote(tensor.Name)} has shape {tensor.ShapeText}, '{Configuration.Name}' expects {expected}",
                "Check that the file belongs to this configuration.");
        }
    }

    /// <summary>A checkpoint whose latents were scaled by their measured deviation holds the factor.</summary>
    private void TakeScaleFactor()
    {
        if (Configuration.UNet is null || !file.TryFind(ScaleFactorName, out var tensor) || tensor.ElementCount != 1)
        {
            return;
        }

        var factor = file.ReadSingle(tensor)[0];
        if (!float.IsFinite(factor) || factor <= 0)
        {
            throw new WeightFileException(file.Path, $"its scale_factor is {factor}", "It must be positive: the file is damaged.");
        }

        Configuration = Configuration with { Diffusion = Configuration.Diffusion with { ScaleFactor = factor } };
        Ignored = [.. Ignored.Except([ScaleFactorName])];
    }

    /// <summary>With another noise schedule than it was trained with, a network makes noise.</summary>
    private void RequireSchedule()
    {
        const double Tolerance = 1e-5;
        if (Configuration.UNet is null || !file.TryFind(ScheduleName, out var tensor))
        {
            return;
        }

        var expected = Configuration.Diffusion.Build().AlphasCumulative.ToArray();
        var difference = tensor.ElementCount != expected.Length
            ? $"{tensor.ElementCount} steps instead of {expected.Length}"
            : Differs(file.ReadSingle(tensor));
        if (difference is not null)
        {
            throw new WeightFileException(
                file.Path,
                $"its noise schedule ({ScheduleName}) has {difference}",
                $"Choose a configuration whose 'diffusion' is that of the file's training; this is '{Configuration.Name}'.");
        }

        Ignored = [.. Ignored.Except([ScheduleName])];

        string? Differs(float[] found)
        {
            for (var i = 0; i < found.Length; i++)
            {
                if (!(Math.Abs(found[i] - expected[i]) <= Tolerance))
                {
                    return string.Create(CultureInfo.InvariantCulture, $"{found[i]:G6} instead of {expected[i]:G6} at step {i}");
                }
            }

            return null;
        }
    }

    /// <summary>Averages of a part of the UNet and weights of the rest would be no model at all.</summary>
    private void RequireAverages()
    {
        var averaged = Averaged.ToHashSet();
        var without = matches.Find(match =>
            match.Description.Name.StartsWith(ModelParameters.UNetPrefix, StringComparison.Ordinal) && !averaged.Contains(match.Description.Name));
        if (without.Description is not null)
        {
            throw new WeightFileException(
                file.Path, $"the parameter '{without.Description.Name}' has no moving average", "Use its weights as they are, without --ema.");
        }
    }

    private byte[] Read(WeightTensor tensor, ElementType type)
    {
        if (tensor.Type != type)
        {
            return ModelFile.Encode(type, file.ReadSingle(tensor));
        }

        var bytes = new byte[tensor.ByteSize];
        file.ReadBytes(tensor, bytes);
        return bytes;
    }
}
