using System.Text.Json;
using System.Text.Json.Nodes;

namespace KernelDiff.Engine.Configuration;

/// <summary>Replaces one setting of a document: <c>diffusion_training.batch=4</c>, <c>model.unet.channel_mult=[1,2,4]</c>.</summary>
internal static class ConfigurationOverride
{
    /// <param name="document">Is changed.</param>
    /// <param name="setting">Path of keys, an equals sign, a JSON value; what is no JSON is taken as a string.</param>
    /// <param name="source">The document's name, for messages.</param>
    /// <exception cref="ConfigurationException">There is no equals sign, or a key on the way is no object.</exception>
    public static void Apply(JsonObject document, string setting, string source)
    {
        var split = setting.IndexOf('=', StringComparison.Ordinal);
        if (split <= 0)
        {
            throw new ConfigurationException(source, $"the setting '{setting}' has no value: write KEY.KEY=VALUE, as diffusion_training.batch=4.");
        }

        var keys = setting[..split].Split('.');
        var target = document;
        foreach (var key in keys[..^1])
        {
            if (target[key] is null)
            {
                target[key] = new JsonObject();
            }

            target = target[key] as JsonObject
                ?? throw new ConfigurationException(source, $"the setting '{setting}' goes through '{key}', which is a value.");
        }

        target[keys[^1]] = Value(setting[(split + 1)..]);
    }

    private static JsonNode? Value(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }
}
