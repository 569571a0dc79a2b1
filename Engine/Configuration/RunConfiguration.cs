using System.Text.Json.Serialization;

namespace KernelDiff.Engine.Configuration;

/// <summary>A whole configuration document: a preset, a file of the user's, what a run stores.</summary>
public sealed record RunConfiguration
{
    /// <summary>What the document is for, in a line.</summary>
    [JsonPropertyName("description")]
    public string? Description { get; init; }

    [JsonPropertyName("model")]
    public required ModelConfiguration Model { get; init; }

    [JsonPropertyName("autoencoder_training")]
    public AutoencoderTrainingConfiguration AutoencoderTraining { get; init; } = new();

    [JsonPropertyName("diffusion_training")]
    public DiffusionTrainingConfiguration DiffusionTraining { get; init; } = new();

    /// <summary>Of the parser that evaluation can measure masks with.</summary>
    [JsonPropertyName("parser_training")]
    public RecognitionTrainingConfiguration ParserTraining { get; init; } = new();

    /// <summary>Of the classifier that evaluation can measure attributes with.</summary>
    [JsonPropertyName("classifier_training")]
    public RecognitionTrainingConfiguration ClassifierTraining { get; init; } = new();

    /// <exception cref="ArgumentException">A part contradicts itself or another.</exception>
    public void Validate()
    {
        Model.Validate();
        AutoencoderTraining.Validate();
        DiffusionTraining.Validate();
        ParserTraining.Validate();
        ClassifierTraining.Validate();
    }
}
