using System.Text.Json.Serialization;

namespace KernelDiff.Engine.Configuration;

/// <summary>Settings that both trainings share.</summary>
public abstract record TrainingConfiguration
{
    /// <summary>Optimiser steps.</summary>
    [JsonPropertyName("steps")]
    public int Steps { get; init; } = 10_000;

    /// <summary>Images of one forward and backward pass.</summary>
    [JsonPropertyName("batch")]
    public int Batch { get; init; } = 8;

    /// <summary>Passes whose gradients make one optimiser step.</summary>
    [JsonPropertyName("accumulate")]
    public int Accumulate { get; init; } = 1;

    [JsonPropertyName("learning_rate")]
    public float LearningRate { get; init; } = 1e-4f;

    /// <summary>Steps over which the learning rate rises from zero.</summary>
    [JsonPropertyName("warm_up")]
    public int WarmUp { get; init; } = 100;

    /// <summary>Steps at the end over which the learning rate falls to zero along a cosine; 0 keeps it.</summary>
    [JsonPropertyName("cool_down")]
    public int CoolDown { get; init; }

    [JsonPropertyName("beta1")]
    public float Beta1 { get; init; } = 0.9f;

    [JsonPropertyName("beta2")]
    public float Beta2 { get; init; } = 0.999f;

    [JsonPropertyName("weight_decay")]
    public float WeightDecay { get; init; } = 0.01f;

    /// <summary>L2 norm to which larger gradients are scaled down; null for no clipping.</summary>
    [JsonPropertyName("clip_norm")]
    public float? ClipNorm { get; init; } = 1;

    /// <summary>Of images, order, mirroring, noise and first weights.</summary>
    [JsonPropertyName("seed")]
    public ulong Seed { get; init; } = 1;

    /// <summary>Whether every second image is mirrored, left and right classes swapped.</summary>
    [JsonPropertyName("mirror")]
    public bool Mirror { get; init; } = true;

    /// <summary>Steps between checkpoints.</summary>
    [JsonPropertyName("checkpoint_every")]
    public int CheckpointEvery { get; init; } = 1000;

    /// <summary>Checkpoints that are kept; older ones are deleted.</summary>
    [JsonPropertyName("keep_checkpoints")]
    public int KeepCheckpoints { get; init; } = 2;

    /// <summary>Steps between sample grids; 0 for none.</summary>
    [JsonPropertyName("sample_every")]
    public int SampleEvery { get; init; } = 1000;

    /// <summary>Steps in a row with gradients that are not finite after which training stops.</summary>
    [JsonPropertyName("stop_after_skipped")]
    public int StopAfterSkipped { get; init; } = 10;

    /// <summary>Images of one optimiser step.</summary>
    [JsonIgnore]
    public int ImagesPerStep => Batch * Accumulate;

    /// <summary>The factor of the learning rate at a step: warm-up, then 1, then the cosine.</summary>
    /// <param name="step">0 for the first.</param>
    public float LearningRateScale(int step)
    {
        var warm = WarmUp > 0 ? Math.Min(1, (step + 1f) / WarmUp) : 1;
        var left = Steps - step;
        return left <= CoolDown ? warm * (0.5f - (0.5f * MathF.Cos(MathF.PI * left / (CoolDown + 1)))) : warm;
    }

    /// <exception cref="ArgumentException">A setting is out of its range; the message names the key.</exception>
    public virtual void Validate()
    {
        Require(Steps > 0, "steps", "positive");
        Require(Batch > 0, "batch", "positive");
        Require(Accumulate > 0, "accumulate", "positive");
        Require(float.IsFinite(LearningRate) && LearningRate > 0, "learning_rate", "positive");
        Require(WarmUp >= 0, "warm_up", "0 or more");
        Require(CoolDown >= 0, "cool_down", "0 or more");
        Require(Beta1 is >= 0 and < 1, "beta1", "at least 0 and below 1");
        Require(Beta2 is >= 0 and < 1, "beta2", "at least 0 and below 1");
        Require(float.IsFinite(WeightDecay) && WeightDecay >= 0, "weight_decay", "0 or more");
        Require(ClipNorm is null or > 0, "clip_norm", "positive, or null");
        Require(CheckpointEvery > 0, "checkpoint_every", "positive");
        Require(KeepCheckpoints > 0, "keep_checkpoints", "positive");
        Require(SampleEvery >= 0, "sample_every", "0 or more");
        Require(StopAfterSkipped > 0, "stop_after_skipped", "positive");
    }

    private protected static void Require(bool condition, string key, string range)
    {
        if (!condition)
        {
            throw new ArgumentException($"The training's configuration: {key} must be {range}.");
        }
    }
}

/// <summary>Settings of the autoencoder's training; losses as latent-diffusion's <c>VQLPIPSWithDiscriminator</c>.</summary>
public sealed record AutoencoderTrainingConfiguration : TrainingConfiguration
{
    /// <summary>Weight of the quantiser's loss.</summary>
    [JsonPropertyName("codebook_weight")]
    public float CodebookWeight { get; init; } = 1;

    /// <summary>Weight of the divergence from the unit normal distribution, for KL autoencoders.</summary>
    [JsonPropertyName("kl_weight")]
    public float DivergenceWeight { get; init; } = 1e-6f;

    /// <summary>Weight of the perceptual loss, which needs a VGG file.</summary>
    [JsonPropertyName("perceptual_weight")]
    public float PerceptualWeight { get; init; } = 1;

    /// <summary>Weight of the squared error, beside that of the absolute error, which is 1.</summary>
    [JsonPropertyName("squared_weight")]
    public float SquaredWeight { get; init; }

    /// <summary>Step from which the patch discriminator takes part; null for never.</summary>
    [JsonPropertyName("disc_start")]
    public int? DiscriminatorStart { get; init; }

    /// <summary>Factor of the adaptive weight of the discriminator.</summary>
    [JsonPropertyName("disc_weight")]
    public float DiscriminatorWeight { get; init; } = 0.8f;

    /// <summary>Channels of the discriminator's first layer.</summary>
    [JsonPropertyName("disc_channels")]
    public int DiscriminatorChannels { get; init; } = 64;

    /// <summary>Halvings of the discriminator.</summary>
    [JsonPropertyName("disc_layers")]
    public int DiscriminatorLayers { get; init; } = 3;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(float.IsFinite(CodebookWeight) && CodebookWeight >= 0, "codebook_weight", "0 or more");
        Require(float.IsFinite(DivergenceWeight) && DivergenceWeight >= 0, "kl_weight", "0 or more");
        Require(float.IsFinite(PerceptualWeight) && PerceptualWeight >= 0, "perceptual_weight", "0 or more");
        Require(float.IsFinite(SquaredWeight) && SquaredWeight >= 0, "squared_weight", "0 or more");
        Require(DiscriminatorStart is null or >= 0, "disc_start", "0 or more, or null");
        Require(float.IsFinite(DiscriminatorWeight) && DiscriminatorWeight >= 0, "disc_weight", "0 or more");
        Require(DiscriminatorChannels > 0, "disc_channels", "positive");
        Require(DiscriminatorLayers > 0, "disc_layers", "positive");
    }
}

/// <summary>Settings of the diffusion model's training.</summary>
public sealed record DiffusionTrainingConfiguration : TrainingConfiguration
{
    /// <summary>k of P2 weighting.</summary>
    [JsonPropertyName("p2_k")]
    public double P2Offset { get; init; } = 1;

    /// <summary>gamma of P2 weighting; 0 is the plain loss.</summary>
    [JsonPropertyName("p2_gamma")]
    public double P2Exponent { get; init; }

    /// <summary>Largest decay of the moving average that sampling uses.</summary>
    [JsonPropertyName("ema_decay")]
    public float EmaDecay { get; init; } = 0.9999f;

    /// <summary>How often all attributes of an image are dropped for the learned null.</summary>
    [JsonPropertyName("drop_attributes")]
    public float DropAttributes { get; init; } = 0.1f;

    /// <summary>How often the mask of an image is dropped for the learned null.</summary>
    [JsonPropertyName("drop_mask")]
    public float DropMask { get; init; } = 0.1f;

    /// <summary>How often a single attribute becomes "unspecified".</summary>
    [JsonPropertyName("unspecify_attribute")]
    public float UnspecifyAttribute { get; init; } = 0.1f;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(double.IsFinite(P2Offset) && P2Offset >= 0, "p2_k", "0 or more");
        Require(double.IsFinite(P2Exponent) && P2Exponent >= 0, "p2_gamma", "0 or more");
        Require(EmaDecay is >= 0 and < 1, "ema_decay", "at least 0 and below 1");
        Require(DropAttributes is >= 0 and <= 1, "drop_attributes", "a probability");
        Require(DropMask is >= 0 and <= 1, "drop_mask", "a probability");
        Require(UnspecifyAttribute is >= 0 and <= 1, "unspecify_attribute", "a probability");
    }
}
