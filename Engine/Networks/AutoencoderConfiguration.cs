using System.Text.Json.Serialization;

namespace KernelDiff.Engine.Networks;

/// <summary>The arguments of latent-diffusion's encoder and decoder (<c>ddconfig</c>), under their names there.</summary>
public sealed record EncoderConfiguration
{
    /// <summary>Whether the encoder gives a mean and a log-variance for each latent channel.</summary>
    [JsonPropertyName("double_z")]
    public bool DoubleLatent { get; init; } = true;

    [JsonPropertyName("z_channels")]
    public required int LatentChannels { get; init; }

    /// <summary>Edge of the images the network was made for: it decides at which levels there is attention.</summary>
    [JsonPropertyName("resolution")]
    public required int Resolution { get; init; }

    [JsonPropertyName("in_channels")]
    public required int InputChannels { get; init; }

    [JsonPropertyName("out_ch")]
    public required int OutputChannels { get; init; }

    [JsonPropertyName("ch")]
    public required int Channels { get; init; }

    [JsonPropertyName("ch_mult")]
    public int[] ChannelMultipliers { get; init; } = [1, 2, 4, 8];

    [JsonPropertyName("num_res_blocks")]
    public required int ResidualBlocks { get; init; }

    /// <summary>Edges of feature maps (not factors) that have attention.</summary>
    [JsonPropertyName("attn_resolutions")]
    public int[] AttentionResolutions { get; init; } = [];

    /// <summary>Must be 0: the published autoencoders train without.</summary>
    [JsonPropertyName("dropout")]
    public float Dropout { get; init; }

    /// <summary>Whether up- and down-sampling has a convolution of its own.</summary>
    [JsonPropertyName("resamp_with_conv")]
    public bool ConvolutionalResampling { get; init; } = true;

    /// <summary><c>vanilla</c>; <c>none</c> leaves attention out.</summary>
    [JsonPropertyName("attn_type")]
    public string AttentionType { get; init; } = "vanilla";

    /// <summary>Whether the decoder ends in tanh.</summary>
    [JsonPropertyName("tanh_out")]
    public bool TanhOutput { get; init; }

    /// <summary>Edge of an image over edge of its latent.</summary>
    [JsonIgnore]
    public int Factor => 1 << (ChannelMultipliers.Length - 1);

    /// <exception cref="ArgumentException">The arguments contradict one another, or ask for what is not supported.</exception>
    public void Validate()
    {
        Require(Channels > 0 && Channels % 32 == 0, $"ch is {Channels}; group norm needs a multiple of 32.");
        Require(
            NetworkLimits.AllowsWidths(Channels, ChannelMultipliers),
            $"ch_mult must have 1 to {NetworkLimits.Levels} factors from 1 on, and no level over {NetworkLimits.Channels} channels.");
        Require(
            NetworkLimits.Allows(NetworkLimits.Blocks, ResidualBlocks),
            $"num_res_blocks is {ResidualBlocks}; it must be 1 to {NetworkLimits.Blocks}.");
        Require(
            NetworkLimits.Allows(NetworkLimits.Channels, LatentChannels, InputChannels, OutputChannels),
            $"z_channels, in_channels and out_ch must be 1 to {NetworkLimits.Channels}.");
        Require(
            NetworkLimits.Allows(NetworkLimits.ImageSize, Resolution), $"resolution is {Resolution}; it must be 1 to {NetworkLimits.ImageSize}.");
        Require(Dropout == 0, $"dropout is {Dropout}; only 0 is supported.");
        Require(AttentionType is "vanilla" or "none", $"attn_type is '{AttentionType}'; 'vanilla' and 'none' are supported.");
    }

    internal static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new ArgumentException("The autoencoder's configuration: " + message);
        }
    }
}

/// <summary>Arguments of a KL-regularised autoencoder.</summary>
public sealed record KlAutoencoderConfiguration
{
    [JsonPropertyName("ddconfig")]
    public required EncoderConfiguration Encoder { get; init; }

    /// <summary>Channels of the latent.</summary>
    [JsonPropertyName("embed_dim")]
    public required int LatentChannels { get; init; }

    /// <exception cref="ArgumentException">The arguments contradict one another, or ask for what is not supported.</exception>
    public void Validate()
    {
        Encoder.Validate();
        EncoderConfiguration.Require(
            Encoder.DoubleLatent, "a KL autoencoder needs double_z: its encoder gives a mean and a log-variance.");
        EncoderConfiguration.Require(
            NetworkLimits.Allows(NetworkLimits.Channels, LatentChannels), $"embed_dim must be 1 to {NetworkLimits.Channels}.");
    }
}

/// <summary>Arguments of a vector-quantised autoencoder.</summary>
public sealed record VqAutoencoderConfiguration
{
    [JsonPropertyName("ddconfig")]
    public required EncoderConfiguration Encoder { get; init; }

    /// <summary>Codewords.</summary>
    [JsonPropertyName("n_embed")]
    public required int Codewords { get; init; }

    /// <summary>Channels of the latent and of a codeword.</summary>
    [JsonPropertyName("embed_dim")]
    public required int LatentChannels { get; init; }

    /// <summary>Weight of one of the quantiser's two loss terms.</summary>
    [JsonPropertyName("beta")]
    public float Beta { get; init; } = 0.25f;

    /// <summary>Whether <see cref="Beta"/> weighs the codebook term (the reference's default) instead of the commitment term.</summary>
    [JsonPropertyName("legacy_loss")]
    public bool LegacyLoss { get; init; } = true;

    /// <exception cref="ArgumentException">The arguments contradict one another, or ask for what is not supported.</exception>
    public void Validate()
    {
        Encoder.Validate();
        EncoderConfiguration.Require(
            NetworkLimits.Allows(NetworkLimits.Channels, LatentChannels) && NetworkLimits.Allows(NetworkLimits.Entries, Codewords),
            $"embed_dim must be 1 to {NetworkLimits.Channels}, n_embed 1 to {NetworkLimits.Entries}.");
    }
}
