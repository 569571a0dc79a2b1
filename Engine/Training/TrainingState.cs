using System.Text.Json;
using System.Text.Json.Serialization;
using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Training;

/// <summary><c>state.json</c> of a checkpoint: what its tensors do not hold. Random numbers follow from seed and step.</summary>
public sealed record TrainingState
{
    internal const string FileName = "state.json";
    internal const string TensorFileName = "optimizer.safetensors";

    [JsonPropertyName("format")]
    public int Format { get; init; } = 1;

    /// <summary>See <see cref="Trainer.Kind"/>.</summary>
    [JsonPropertyName("kind")]
    public required string Kind { get; init; }

    /// <summary>Steps made.</summary>
    [JsonPropertyName("step")]
    public required int Step { get; init; }

    /// <summary>Images seen, which is the position in the data.</summary>
    [JsonPropertyName("images")]
    public required long Images { get; init; }

    /// <summary>What the training set was, so that a run does not go on with another one.</summary>
    [JsonPropertyName("data")]
    public required string Data { get; init; }

    /// <summary>Hash of the plan that chose variants, the run's <c>plan.json</c>; absent where there was none.</summary>
    [JsonPropertyName("plan")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Plan { get; init; }

    /// <summary>Steps of optimisers, updates of averages.</summary>
    [JsonPropertyName("counters")]
    public required IReadOnlyDictionary<string, long> Counters { get; init; }

    /// <summary>Time spent so far, in seconds.</summary>
    [JsonPropertyName("seconds")]
    public double Seconds { get; init; }

    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true };

    /// <summary>Writes the state and the tensors of a training.</summary>
    internal static void Write(string folder, TrainingState state, IReadOnlyList<NetworkState> networks)
    {
        using (var writer = new SafeTensorsWriter(
            Path.Combine(folder, TensorFileName), networks.SelectMany(network => network.Declarations)))
        {
            foreach (var network in networks)
            {
                network.Write(writer);
            }

            writer.Commit();
        }

        AtomicFile.WriteAllBytes(Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(state, Options));
    }

    /// <summary>Reads what <see cref="Write"/> wrote; the networks are set.</summary>
    /// <exception cref="WeightFileException">The checkpoint is of another kind of training, or of other networks.</exception>
    internal static TrainingState Read(string folder, string kind, IReadOnlyList<NetworkState> networks)
    {
        var path = Path.Combine(folder, FileName);
        TrainingState state;
        try
        {
            state = JsonSerializer.Deserialize<TrainingState>(File.ReadAllBytes(path), Options)!;
        }
        catch (JsonException exception)
        {
            throw new WeightFileException(path, $"this is no training state: {exception.Message}", "Resume from another checkpoint.", exception);
        }

        if (state.Kind != kind)
        {
            throw new WeightFileException(
                path, $"the run trains another kind of model, '{state.Kind}'", $"Resume it with: kerneldiff train {state.Kind} --resume RUN.");
        }

        using var file = WeightFile.Open(Path.Combine(folder, TensorFileName));
        foreach (var network in networks)
        {
            network.Read(file, name => state.Counters.TryGetValue(name, out var value)
                ? value
                : throw new WeightFileException(path, $"the counter '{name}' is missing", "Resume from another checkpoint."));
        }

        return state;
    }
}
