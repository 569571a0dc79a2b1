using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using KernelDiff.Runner.Commands;

namespace KernelDiff.Runner;

/// <summary>Prints a result as the one JSON document that <c>--json</c> promises. Field names are in camel case.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NewLine = "\n",
        // The document goes to a terminal or a file, never into HTML.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    private static readonly JsonSerializerOptions Strict = new(Options)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Reads a document that <c>--json</c> printed before.</summary>
    /// <param name="path">The file.</param>
    /// <param name="command">The command that prints such documents, for messages.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file holds something else.</exception>
    public static T Read<T>(string path, string command)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), Strict) ?? throw new JsonException("it is empty");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException(
                $"'{path}' is not what '{command} --json' prints: {exception.Message}", exception);
        }
    }

    public static void Write<T>(CommandContext context, T document) =>
        context.Console.Out.WriteLine(JsonSerializer.Serialize(document, Options));
}
