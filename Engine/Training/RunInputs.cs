using System.Text.Json;
using System.Text.Json.Serialization;
using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Training;

/// <summary>The files that a run was started with, so that resuming needs none of them named again.</summary>
public sealed record RunInputs
{
    private const string FileName = "inputs.json";

    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>Full path of the data set.</summary>
    [JsonPropertyName("data")]
    public required string Data { get; init; }

    /// <summary>How the set is divided: <c>own</c>, <c>celeba</c>, <c>random</c> or <c>all</c>; its training part is used.</summary>
    [JsonPropertyName("split")]
    public required string Split { get; init; }

    /// <summary>Full path of the model file with the first stage, for diffusion.</summary>
    [JsonPropertyName("autoencoder")]
    public string? Autoencoder { get; init; }

    /// <summary>Full path of VGG-16's weights, for the perceptual loss.</summary>
    [JsonPropertyName("vgg")]
    public string? Vgg { get; init; }

    /// <summary>Full path of LPIPS's channel weights.</summary>
    [JsonPropertyName("lpips")]
    public string? Lpips { get; init; }

    /// <summary>Whether algorithms that round more than the formula itself are off; resuming with them on would not be the same run.</summary>
    [JsonPropertyName("exact")]
    public bool Exact { get; init; }

    /// <summary>Stores them in a run's folder.</summary>
    public void Write(RunFolder run)
    {
        ArgumentNullException.ThrowIfNull(run);
        AtomicFile.WriteAllBytes(Path.Combine(run.Path, FileName), JsonSerializer.SerializeToUtf8Bytes(this, Options));
    }

    /// <summary>Reads them from a run's folder.</summary>
    /// <exception cref="RunFolderException">They are missing or damaged.</exception>
    public static RunInputs Read(RunFolder run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var path = Path.Combine(run.Path, FileName);
        try
        {
            return JsonSerializer.Deserialize<RunInputs>(File.ReadAllBytes(path), Options)!;
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            throw new RunFolderException($"'{path}' cannot be read, so the run cannot be resumed: {exception.Message}");
        }
    }
}
