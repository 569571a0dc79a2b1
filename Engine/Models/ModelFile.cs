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

/// <summary>A tensor that goes into a model file.</summary>
/// <param name="Declaration">Name, type and shape.</param>
/// <param name="Read">Its elements as they are stored; the same each time.</param>
internal sealed record ModelFileTensor(TensorDeclaration Declaration, Func<byte[]> Read);

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
        var tensors =
            from part in parts
            from parameter in part.Arena.Parameters
            let declaration = new TensorDeclaration(part.Prefix + parameter.Name, type, [.. parameter.Specification.FileShape])
            select new ModelFileTensor(declaration, () => Encode(type, FileValues(part, parameter)));
        return Write(path, configuration, [.. tensors], metadata);
    }

    /// <summary>Writes a model from tensors that are read when they are written, twice: the hash stands before the elements.</summary>
    /// <returns>The hash over the content.</returns>
    /// <exception cref="IOException">The disk is full or fails; an older file of this name is unchanged.</exception>
    internal static string Write(
        string path,
        ModelConfiguration configuration,
        IReadOnlyList<ModelFileTensor> tensors,
        IReadOnlyDictionary<string, string>? metadata,
        CancellationToken cancellation = default)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (declaration, read) in tensors.OrderBy(tensor => tensor.Declaration.Name, StringComparer.Ordinal))
        {
            cancellation.ThrowIfCancellationRequested();
            AppendDescription(hash, declaration.Name, declaration.Type, declaration.Shape);
            hash.AppendData(read());
        }

        var digest = Convert.ToHexStringLower(hash.GetHashAndReset());
        var notes = new Dictionary<string, string>(metadata ?? new Dictionary<string, string>())
        {
            [FormatKey] = Format,
            [HashKey] = digest,
            [ConfigurationKey] = ConfigurationDocument.Write(configuration),
        };
        using var writer = new SafeTensorsWriter(path, tensors.Select(tensor => tensor.Declaration), notes);
        foreach (var (declaration, read) in tensors)
        {
            cancellation.ThrowIfCancellationRequested();
            writer.WriteBytes(declaration.Name, read());
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

    /// <summary>Values in the bytes of a floating-point type.</summary>
    internal static byte[] Encode(Files.ElementType type, float[] values)
    {
        var bytes = new byte[values.Length * type.Size()];
        ElementConversion.FromSingle(type, values, bytes);
        return bytes;
    }

    private static void AppendDescription(IncrementalHash hash, string name, Files.ElementType type, IReadOnlyList<int> shape) =>
        hash.AppendData(Encoding.UTF8.GetBytes($"{name}\0{type.SafeTensorsName()} {string.Join(' ', shape)}\0"));

    private static float[] FileValues(ModelFilePart part, Parameter parameter) =>
        ParameterLayouts.ToFile(parameter.Specification, part.Values?.Invoke(parameter) ?? parameter.ToArray());
}
