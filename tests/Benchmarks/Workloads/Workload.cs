using System.Text.Json;
using System.Text.Json.Serialization;
using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Models;

namespace KernelDiff.Benchmarks;

/// <summary>A network and one piece of its work, as every side of a comparison reads it.</summary>
internal sealed record Workload
{
    /// <summary>Of the file in a workload's folder that holds this record.</summary>
    private const string FileName = "workload.json";

    private static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter() } };

    /// <summary>The whole model, of which <see cref="Part"/> runs.</summary>
    public required ModelConfiguration Model { get; init; }

    /// <summary>UNet or decoder.</summary>
    public required ModelPart Part { get; init; }

    /// <summary>Images at a time.</summary>
    public required int Batch { get; init; }

    /// <summary>Tokens of the context, for networks that take one.</summary>
    public int Tokens { get; init; }

    /// <summary>
    /// Whether a run is a training step of the UNet instead of a prediction: forward, backward from the mean squared difference to
    /// <c>noise</c>, AdamW, moving average.
    /// </summary>
    public bool IsTraining { get; init; }

    /// <summary>In front of the names of the network's parameters in the file of weights.</summary>
    [JsonIgnore]
    public string Prefix => Part == ModelPart.UNet ? ModelParameters.UNetPrefix : FirstStage.Prefix;

    public static Workload Load(string folder) =>
        JsonSerializer.Deserialize<Workload>(File.ReadAllText(Path.Combine(folder, FileName)), Json)!;

    public void Save(string folder) => File.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, Json));
}
