using System.Security.Cryptography;
using System.Text;
using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Models;

/// <summary>Parameters that go into a model file.</summary>
/// <param name="Arena">Whose parameters.</param>
/// <param name="Prefix">In front of their names.</param>
/// <param name="Values">The values of a parameter in device layout; null for those that the arena holds.</param>
public sealed record ModelFilePart(ParameterArena Arena, string Prefix, Func<Parameter, float[]>? Values = null);

/// <summary>
/// A model: one safetensors file with latent-diffusion's names, the resolved configuration and a hash over the content in
/// <c>__metadata__</c>.
/// </summary>
public static class ModelFile
{
    /// <summary>Key of the configuration, a JSON document.</summary>
    public const string ConfigurationKey = "kerneldiff.configuration";

    /// <summary>Key of the hash, see <see cref="Hash"/>.</summary>
    public const string HashKey = "kerneldiff.content";

    /// <summary>Key of the format's version, 1.</summary>
    public const string FormatKey = "kerneldiff.format";

    private const string Format = "1";

    /// <summary>Writes a model. The file appears complete or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="configuration">Stored with it.</param>
    /// <param name="type">F32, F16 or BF16.</param>
    /// <param name="parts">Whose parameters it holds.</param>
    /// <param name="metadata">Further notes, or null.</param>
    /// <returns>The hash over the content.</returns>
    /// <exception cref="IOException">The disk is full or fails; an older file of this name is unchanged.</exception>
    public static string Write(
        string path,
        ModelConfiguration configuration,
        Files.ElementType type,
        IReadOnlyList<ModelFilePart> parts,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(parts);
        var entries = (
            from part in parts
            from parameter in part.Arena.Parameters
            let declaration = new TensorDeclaration(part.Prefix + parameter.Name, type, [.. parameter.Specification.FileShape])
            select (Declaration: declaration, Part: part, Parameter: parameter))
            .OrderBy(entry => entry.Declaration.Name, StringComparer.Ordinal)
            .ToList();

        // Two passes: the hash stands before the elements, and all of them at once might not fit into memory.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (declaration, part, parameter) in entries)
        {
            AppendDescription(hash, declaration.Name, declaration.Type, declaration.Shape);
            var values = FileValues(part, parameter);
            var bytes = new byte[values.Length * type.Size()];
            ElementConversion.FromSingle(type, values, bytes);
            hash.AppendData(bytes);
        }

        var digest = Convert.ToHexStringLower(hash.GetHashAndReset());
        var notes = new Dictionary<string, string>(metadata ?? new Dictionary<string, string>())
        {
            [FormatKey] = Format,
            [HashKey] = digest,
            [ConfigurationKey] = ConfigurationDocument.Write(configuration),
        };
        using var writer = new SafeTensorsWriter(path, entries.Select(entry => entry.Declaration), notes);
        foreach (var (declaration, part, parameter) in entries)
        {
            writer.Write(declaration.Name, FileValues(part, parameter));
        }

        writer.Commit();
        return digest;
    }

    /// <summary>The configuration that a file was written with.</summary>
    /// <exception cref="WeightFileException">The file has none: it is no model of ours.</exception>
    /// <exception cref="ConfigurationException">It has one that cannot be used.</exception>
    public static ModelConfiguration ConfigurationOf(WeightFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return file.Metadata.TryGetValue(ConfigurationKey, out var json)
            ? ConfigurationDocument.ReadModel(json, file.Path)
            : throw new WeightFileException(
                file.Path,
                "the file holds no configuration, so it is not a KernelDiff model",
                "Convert it first: kerneldiff import FILE OUT.safetensors --config NAME.");
    }

    /// <summary>The hash that the file states, or that of its content where it states none.</summary>
    public static string HashOf(WeightFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return file.Metadata.TryGetValue(HashKey, out var stated) ? stated : Hash(file);
    }

    /// <summary>
    /// SHA-256 over all tensors in the order of their names: name, a zero byte, type and sizes as text, a zero byte, elements. Neither the
    /// order of the file nor its metadata changes it.
    /// </summary>
    /// <exception cref="WeightFileException">The file cannot be read.</exception>
    public static string Hash(WeightFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var tensor in file.Tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            AppendDescription(hash, tensor.Name, tensor.Type, tensor.Shape);
            var bytes = new byte[tensor.ByteSize];
            file.ReadBytes(tensor, bytes);
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void AppendDescription(IncrementalHash hash, string name, Files.ElementType type, IReadOnlyList<int> shape) =>
        hash.AppendData(Encoding.UTF8.GetBytes($"{name}\0{type.SafeTensorsName()} {string.Join(' ', shape)}\0"));

    private static float[] FileValues(ModelFilePart part, Parameter parameter) =>
        ParameterLayouts.ToFile(parameter.Specification, part.Values?.Invoke(parameter) ?? parameter.ToArray());
}
