using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using KernelDiff.Engine.Models;

namespace KernelDiff.Engine.Configuration;

/// <summary>Reads and writes configurations as JSON. Keys that nothing knows are errors.</summary>
public static class ConfigurationDocument
{
    private const string PresetFolder = "KernelDiff.Engine.Configuration.Presets.";
    private const string Extension = ".json";
    private const int MaximumBytes = 1 << 20;

    private static readonly JsonSerializerOptions Options = new()
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
    };

    /// <summary>Names of the configurations that come with the product.</summary>
    public static IReadOnlyList<string> Presets { get; } =
    [
        .. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.StartsWith(PresetFolder, StringComparison.Ordinal))
            .Select(name => name[PresetFolder.Length..^Extension.Length])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>
    /// Prepares to read configurations, which takes longer than reading one: for a thread of its own, while others start the program.
    /// </summary>
    public static void Prepare() => Load("demo");

    /// <summary>Loads a preset by its name, or a file.</summary>
    /// <param name="nameOrPath">One of <see cref="Presets"/>, or a path; a preset's name comes first.</param>
    /// <param name="overrides">Settings that replace those of the document, as <c>diffusion_training.batch=4</c>.</param>
    /// <exception cref="ConfigurationException">There is no such document, it cannot be read, or it contradicts itself.</exception>
    public static RunConfiguration Load(string nameOrPath, params IReadOnlyList<string> overrides)
    {
        ArgumentNullException.ThrowIfNull(nameOrPath);
        ArgumentNullException.ThrowIfNull(overrides);
        var document = ParseDocument(nameOrPath, ReadText(nameOrPath));
        foreach (var setting in overrides)
        {
            ConfigurationOverride.Apply(document, setting, nameOrPath);
        }

        return Read<RunConfiguration>(document, nameOrPath, Validate);
    }

    /// <summary>Reads the model's part as a model file stores it.</summary>
    /// <param name="json">The JSON text.</param>
    /// <param name="source">The file, for messages.</param>
    /// <exception cref="ConfigurationException">The text is no model configuration.</exception>
    public static ModelConfiguration ReadModel(string json, string source) =>
        Read<ModelConfiguration>(ParseDocument(source, json), source, ModelParameters.Validate);

    /// <summary>Reads a whole document from text.</summary>
    /// <param name="json">The JSON text.</param>
    /// <param name="source">The file, for messages.</param>
    /// <exception cref="ConfigurationException">The text is no configuration.</exception>
    public static RunConfiguration Parse(string json, string source) =>
        Read<RunConfiguration>(ParseDocument(source, json), source, Validate);

    /// <summary>The configuration as indented JSON.</summary>
    public static string Write(RunConfiguration configuration) => JsonSerializer.Serialize(configuration, Options);

    /// <summary>The configuration as indented JSON.</summary>
    public static string Write(ModelConfiguration configuration) => JsonSerializer.Serialize(configuration, Options);

    private static void Validate(RunConfiguration configuration)
    {
        configuration.Validate();
        ModelParameters.Validate(configuration.Model);
    }

    /// <summary>Reads another document under the same rules.</summary>
    /// <param name="json">The JSON text.</param>
    /// <param name="source">The file, for messages.</param>
    /// <param name="validate">Throws where the document contradicts itself.</param>
    /// <exception cref="ConfigurationException">The text is no such document.</exception>
    internal static T ReadOther<T>(string json, string source, Action<T> validate) => Read(ParseDocument(source, json), source, validate);

    /// <summary>Another document as indented JSON.</summary>
    internal static string WriteOther<T>(T document) => JsonSerializer.Serialize(document, Options);

    private static string ReadText(string nameOrPath)
    {
        if (Presets.Contains(nameOrPath))
        {
            using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(PresetFolder + nameOrPath + Extension)!;
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }

        try
        {
            var file = new FileInfo(nameOrPath);
            if (!file.Exists)
            {
                throw new ConfigurationException(
                    nameOrPath, $"there is no such file, nor a preset of this name. Presets: {string.Join(", ", Presets)}.");
            }

            return file.Length <= MaximumBytes
                ? File.ReadAllText(nameOrPath)
                : throw new ConfigurationException(nameOrPath, $"the file has {file.Length} bytes; a configuration has at most {MaximumBytes}.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ConfigurationException(nameOrPath, $"cannot be read: {exception.Message}", exception);
        }
    }

    private static JsonObject ParseDocument(string source, string json)
    {
        try
        {
            var options = new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
            return JsonNode.Parse(json, documentOptions: options) as JsonObject
                ?? throw new ConfigurationException(source, "a configuration is a JSON object.");
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            throw new ConfigurationException(source, $"this is not JSON: {exception.Message}", exception);
        }
    }

    private static T Read<T>(JsonObject document, string source, Action<T> validate)
    {
        try
        {
            var configuration = document.Deserialize<T>(Options)!;
            validate(configuration);
            return configuration;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new ConfigurationException(source, exception.Message, exception);
        }
        catch (ArgumentException exception)
        {
            throw new ConfigurationException(source, exception.Message, exception);
        }
    }
}
