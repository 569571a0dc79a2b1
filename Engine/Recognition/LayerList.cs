using System.Reflection;
using System.Text.Json.Serialization;
using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Data;

namespace KernelDiff.Engine.Recognition;

/// <summary>
/// A network that reads faces, as a list of layers: a parser, whose outputs are classes of each pixel, or a classifier, whose outputs are
/// attributes. Tensors in the weight file are named after the layers, as PyTorch names those of modules.
/// </summary>
public sealed record LayerList
{
    /// <summary>What layers call the picture.</summary>
    public const string Input = "input";

    private const string Folder = "KernelDiff.Engine.Recognition.Layers.";

    /// <summary>What the network is, in a line.</summary>
    [JsonPropertyName("description")]
    public string? Description { get; init; }

    /// <summary>Edge of the square pictures that the network sees.</summary>
    [JsonPropertyName("input_size")]
    public required int InputSize { get; init; }

    /// <summary>Taken from red, green and blue in [0, 1].</summary>
    [JsonPropertyName("mean")]
    public IReadOnlyList<float> Mean { get; init; } = [0.5f, 0.5f, 0.5f];

    /// <summary>By which red, green and blue are divided afterwards.</summary>
    [JsonPropertyName("deviation")]
    public IReadOnlyList<float> Deviation { get; init; } = [0.5f, 0.5f, 0.5f];

    /// <summary>Of a parser: the class of CelebAMask-HQ that each output channel means.</summary>
    [JsonPropertyName("classes")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? Classes { get; init; }

    /// <summary>Of a classifier: the name of the attribute that each output means; the output is the logit of yes.</summary>
    [JsonPropertyName("attributes")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Attributes { get; init; }

    /// <summary>Of a classifier: the probability from which on each attribute counts as yes; null for one half.</summary>
    [JsonPropertyName("thresholds")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<float>? Thresholds { get; init; }

    /// <summary>In the order in which they are computed; the last one's output is the network's.</summary>
    [JsonPropertyName("layers")]
    public required IReadOnlyList<LayerDescription> Layers { get; init; }

    /// <summary>The list of <c>face-parsing-unet</c>, which comes with the product, without weights.</summary>
    public static LayerList FaceParsingUNet { get; } = ReadPreset("face-parsing-unet");

    /// <summary>Reads a list from a JSON document.</summary>
    /// <param name="json">The JSON text.</param>
    /// <param name="source">The file, for messages.</param>
    /// <exception cref="ConfigurationException">The text is no list, or its layers do not fit together.</exception>
    public static LayerList Parse(string json, string source) =>
        ConfigurationDocument.ReadOther<LayerList>(json, source, list => list.Validate());

    /// <summary>The list as indented JSON.</summary>
    public string Write() => ConfigurationDocument.WriteOther(this);

    /// <exception cref="ArgumentException">Layers do not fit together; the message names the layer.</exception>
    public void Validate()
    {
        Require(InputSize is > 0 and <= 4096, $"input_size is {InputSize}; it must lie between 1 and 4096.");
        Require(Mean.Count == 3 && Mean.All(float.IsFinite), "mean needs three finite numbers.");
        Require(Deviation.Count == 3 && Deviation.All(value => float.IsFinite(value) && value > 0), "deviation needs three positive numbers.");
        Require(Layers.Count > 0, "there are no layers.");
        var output = Plan()[^1].Shape;
        Require(Classes is null != Attributes is null, "either 'classes' (a parser) or 'attributes' (a classifier) is needed.");
        var outputs = Classes?.Count ?? Attributes!.Count;
        Require(output.Channels == outputs, $"the last layer has {output.Channels} channels, meanings are given for {outputs}.");
        Require(output.IsMap == Classes is not null, Classes is null ? "a classifier ends in a vector." : "a parser ends in a map.");
        foreach (var label in Classes ?? [])
        {
            Require(label is >= 0 and < FaceClasses.Count, $"there is no class {label}; there are 0 to {FaceClasses.Count - 1}.");
        }

        foreach (var name in Attributes ?? [])
        {
            Require(FaceAttributes.IndexOf(name) >= 0, $"there is no attribute '{name}'.");
        }

        Require(Thresholds is null || Thresholds.Count == Attributes?.Count, "thresholds need as many numbers as there are attributes.");
    }

    /// <summary>Every layer with the places of its inputs in the list (-1 for the picture) and the sizes of its output.</summary>
    /// <exception cref="ArgumentException">Layers do not fit together; the message names the layer.</exception>
    internal IReadOnlyList<(LayerDescription Layer, int[] Inputs, LayerShape Shape)> Plan()
    {
        var picture = new LayerShape(InputSize, InputSize, 3);
        var places = new Dictionary<string, int> { [Input] = -1 };
        var plan = new List<(LayerDescription Layer, int[] Inputs, LayerShape Shape)>();
        foreach (var layer in Layers)
        {
            var title = $"layer {plan.Count + 1} ({layer.Name ?? layer.Kind.ToString()})";
            Require(!layer.HasTensors || !string.IsNullOrEmpty(layer.Name), $"{title}: it has tensors, so it needs a name.");
            int[] inputs = layer.From is null ? [plan.Count - 1] : [.. layer.From.Select(name => Find(title, name))];
            Require(inputs.Length > 0, $"{title}: 'from' is empty.");
            try
            {
                plan.Add((layer, inputs, LayerShape.Of(layer, [.. inputs.Select(place => place < 0 ? picture : plan[place].Shape)])));
            }
            catch (ArgumentException exception)
            {
                Require(false, $"{title}: {exception.Message}.");
            }

            Require(layer.Name is null || places.TryAdd(layer.Name, plan.Count - 1), $"{title}: the name is taken already.");
        }

        return plan;

        int Find(string title, string name)
        {
            Require(places.ContainsKey(name), $"{title}: no layer before it is named '{name}'.");
            return places[name];
        }
    }

    private static LayerList ReadPreset(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"{Folder}{name}.json")!;
        using var reader = new StreamReader(stream);
        return Parse(reader.ReadToEnd(), name);
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new ArgumentException("The layer list: " + message);
        }
    }
}
