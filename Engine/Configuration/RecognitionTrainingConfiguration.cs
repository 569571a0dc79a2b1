using System.Text.Json.Serialization;

namespace KernelDiff.Engine.Configuration;

/// <summary>Settings of the training of a parser or classifier, at the size of the model's images.</summary>
public sealed record RecognitionTrainingConfiguration : TrainingConfiguration
{
    public RecognitionTrainingConfiguration()
    {
        Steps = 2000;
        Batch = 16;
        LearningRate = 1e-3f;
        CoolDown = 1000;
        CheckpointEvery = 500;
        SampleEvery = 500;
    }

    /// <summary>Channels at full resolution; every halving doubles them.</summary>
    [JsonPropertyName("width")]
    public int Width { get; init; } = 16;

    /// <summary>Halvings of the picture.</summary>
    [JsonPropertyName("levels")]
    public int Levels { get; init; } = 3;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(Width is > 0 and <= 1024 && Width % 8 == 0, "width", "a multiple of 8 up to 1024");
        Require(Levels is > 0 and <= 6, "levels", "1 to 6");
    }
}
