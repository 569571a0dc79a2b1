using System.Text.Json.Serialization;
using KernelDiff.Engine.Networks;

namespace KernelDiff.Engine.Configuration;

/// <summary>Everything that has to be known to build a model and to sample with it; stored in every model file.</summary>
public sealed record ModelConfiguration
{
    /// <summary>What the model calls itself.</summary>
    [JsonPropertyName("name")]
    public string Name { get; init; } = "custom";

    /// <summary>Edge of the square images, in pixels.</summary>
    [JsonPropertyName("image_size")]
    public required int ImageSize { get; init; }

    [JsonPropertyName("first_stage")]
    public required FirstStageConfiguration FirstStage { get; init; }

    /// <summary>Null in a file that holds an autoencoder alone.</summary>
    [JsonPropertyName("unet")]
    public UNetConfiguration? UNet { get; init; }

    [JsonPropertyName("conditioning")]
    public ConditioningConfiguration Conditioning { get; init; } = new();

    [JsonPropertyName("diffusion")]
    public DiffusionConfiguration Diffusion { get; init; } = new();

    /// <summary>Edge of the latents.</summary>
    [JsonIgnore]
    public int LatentSize => ImageSize / FirstStage.Encoder.Factor;

    /// <exception cref="ArgumentException">The parts contradict one another, or ask for what is not supported; the message names the keys.</exception>
    public void Validate()
    {
        FirstStage.Validate();
        Conditioning.Validate();
        Diffusion.Validate();
        Require(
            NetworkLimits.Allows(NetworkLimits.ImageSize, ImageSize), $"image_size is {ImageSize}; it must be 1 to {NetworkLimits.ImageSize}.");
        Require(
            ImageSize % FirstStage.Encoder.Factor == 0,
            $"image_size {ImageSize} is not a multiple of {FirstStage.Encoder.Factor}, by which the first stage shrinks images.");
        if (UNet is null)
        {
            return;
        }

        UNet.Validate();
        var latent = FirstStage.LatentChannels;
        var input = latent + Conditioning.ConcatenatedChannels;
        Require(
            UNet.InputChannels == input,
            $"unet.in_channels is {UNet.InputChannels}; the latent and the concatenated mask have {input} channels together.");
        Require(UNet.OutputChannels == latent, $"unet.out_channels is {UNet.OutputChannels}; the latent has {latent} channels.");
        var multiple = 1 << (UNet.ChannelMultipliers.Length - 1);
        Require(
            LatentSize % multiple == 0,
            $"latents of edge {LatentSize} do not divide by {multiple}, by which the UNet shrinks them (unet.channel_mult).");
        Require(
            UNet.ContextChannels is not null == Conditioning.HasTokens,
            Conditioning.HasTokens
                ? "conditioning makes tokens, which need unet.use_spatial_transformer and unet.context_dim."
                : "unet.context_dim is set, but no condition makes tokens (conditioning.attributes, conditioning.mask).");
        Require(UNet.Classes is null, "unet.num_classes is set; class labels are not a condition of this model.");
        Conditioning.ValidateFor(ImageSize, LatentSize);
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new ArgumentException("The model's configuration: " + message);
        }
    }
}

/// <summary>The autoencoder: exactly one of the two kinds.</summary>
public sealed record FirstStageConfiguration
{
    /// <summary>Vector-quantised.</summary>
    [JsonPropertyName("vq")]
    public VqAutoencoderConfiguration? Vq { get; init; }

    /// <summary>KL-regularised.</summary>
    [JsonPropertyName("kl")]
    public KlAutoencoderConfiguration? Kl { get; init; }

    [JsonIgnore]
    public EncoderConfiguration Encoder => Vq?.Encoder ?? Kl!.Encoder;

    /// <summary>Channels of a latent.</summary>
    [JsonIgnore]
    public int LatentChannels => Vq?.LatentChannels ?? Kl!.LatentChannels;

    /// <exception cref="ArgumentException">None or both kinds are given, or the kind contradicts itself.</exception>
    public void Validate()
    {
        if (Vq is null == Kl is null)
        {
            throw new ArgumentException("The model's configuration: first_stage needs either 'vq' or 'kl'.");
        }

        Vq?.Validate();
        Kl?.Validate();
    }
}

/// <summary>The noise schedule, under latent-diffusion's names.</summary>
public sealed record DiffusionConfiguration
{
    private const int MaximumTimesteps = 100_000;

    /// <summary><c>linear</c> (in the square root of beta, as latent-diffusion's), <c>cosine</c>, <c>sqrt_linear</c> or <c>sqrt</c>.</summary>
    [JsonPropertyName("beta_schedule")]
    public string Schedule { get; init; } = "linear";

    [JsonPropertyName("timesteps")]
    public int Timesteps { get; init; } = 1000;

    [JsonPropertyName("linear_start")]
    public double Start { get; init; } = 0.0015;

    [JsonPropertyName("linear_end")]
    public double End { get; init; } = 0.0195;

    /// <summary>Factor of the latents; null for one over their standard deviation, measured when training starts.</summary>
    [JsonPropertyName("scale_factor")]
    public double? ScaleFactor { get; init; } = 1;

    /// <exception cref="ArgumentException">The schedule is unknown or impossible.</exception>
    public void Validate()
    {
        if (!NoiseSchedules.ContainsKey(Schedule))
        {
            throw new ArgumentException(
                $"The model's configuration: diffusion.beta_schedule is '{Schedule}'; one of {string.Join(", ", NoiseSchedules.Keys)} is needed.");
        }

        if (Timesteps is < 1 or > MaximumTimesteps || Start <= 0 || End < Start || End >= 1)
        {
            throw new ArgumentException(
                "The model's configuration: diffusion needs 1 to 100000 timesteps and 0 < linear_start <= linear_end < 1.");
        }

        if (ScaleFactor is { } factor && (!double.IsFinite(factor) || factor <= 0))
        {
            throw new ArgumentException("The model's configuration: diffusion.scale_factor must be positive, or null to measure it.");
        }
    }

    /// <summary>The schedule that these settings describe.</summary>
    public Diffusion.NoiseSchedule Build() => new(NoiseSchedules[Schedule], Timesteps, Start, End);

    private static readonly Dictionary<string, Diffusion.NoiseScheduleKind> NoiseSchedules = new()
    {
        ["linear"] = Diffusion.NoiseScheduleKind.Linear,
        ["cosine"] = Diffusion.NoiseScheduleKind.Cosine,
        ["sqrt_linear"] = Diffusion.NoiseScheduleKind.SqrtLinear,
        ["sqrt"] = Diffusion.NoiseScheduleKind.Sqrt,
    };
}
