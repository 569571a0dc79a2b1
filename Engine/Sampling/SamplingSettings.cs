using System.Text.Json.Serialization;

namespace KernelDiff.Engine.Sampling;

/// <summary>How images are made of noise.</summary>
public sealed record SamplingSettings
{
    /// <summary>One of <see cref="SamplerCatalog.Names"/>.</summary>
    [JsonPropertyName("sampler")]
    public string Sampler { get; init; } = "ddim";

    [JsonPropertyName("steps")]
    public int Steps { get; init; } = 50;

    /// <summary>Noise that DDIM adds, 0 for none to 1 for as much as DDPM.</summary>
    [JsonPropertyName("eta")]
    public double Eta { get; init; }

    /// <summary>Guidance scale of the attributes; 1 follows them as trained.</summary>
    [JsonPropertyName("guidance_attributes")]
    public float GuidanceAttributes { get; init; } = 1;

    /// <summary>Guidance scale of the mask; 1 follows it as trained.</summary>
    [JsonPropertyName("guidance_mask")]
    public float GuidanceMask { get; init; } = 1;

    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public void Validate(int timesteps)
    {
        Require(SamplerCatalog.Names.Contains(Sampler), $"There is no sampler '{Sampler}'; there are {string.Join(", ", SamplerCatalog.Names)}.");
        Require(Steps >= 1 && Steps <= timesteps, $"{Steps} steps are asked for; the model has 1 to {timesteps}.");
        Require(Eta is >= 0 and <= 1, $"eta is {Eta}; it lies between 0 and 1.");
        Require(float.IsFinite(GuidanceAttributes) && float.IsFinite(GuidanceMask), "A guidance scale must be a finite number.");
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new ArgumentException(message);
        }
    }
}
