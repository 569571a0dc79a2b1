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

    public static void Write<T>(CommandContext context, T document) =>
        context.Console.Out.WriteLine(JsonSerializer.Serialize(document, Options));
}
