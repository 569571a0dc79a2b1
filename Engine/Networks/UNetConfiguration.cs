using System.Text.Json.Serialization;

namespace KernelDiff.Engine.Networks;

/// <summary>The constructor arguments of CompVis latent-diffusion's <c>UNetModel</c>, under their names there.</summary>
public sealed record UNetConfiguration
{
    // Training keeps the activations of levels whose maps are smaller than this part of the largest.
    private const double PartOfSmallMaps = 1 / 8.0;

    /// <summary>Edge of the latent; documentation only, the network takes any size that its down-sampling divides.</summary>
    [JsonPropertyName("image_size")]
    public int ImageSize { get; init; }

    [JsonPropertyName("in_channels")]
    public required int InputChannels { get; init; }

    [JsonPropertyName("out_channels")]
    public required int OutputChannels { get; init; }

    [JsonPropertyName("model_channels")]
    public required int ModelChannels { get; init; }

    /// <summary>Down-sampling factors (not edges) at which there is attention.</summary>
    [JsonPropertyName("attention_resolutions")]
    public required int[] AttentionResolutions { get; init; }

    [JsonPropertyName("num_res_blocks")]
    public required int ResidualBlocks { get; init; }

    [JsonPropertyName("channel_mult")]
    public int[] ChannelMultipliers { get; init; } = [1, 2, 4, 8];

    [JsonPropertyName("dropout")]
    public float Dropout { get; init; }

    /// <summary>Whether up- and down-sampling has a convolution of its own.</summary>
    [JsonPropertyName("conv_resample")]
    public bool ConvolutionalResampling { get; init; } = true;

    /// <summary>Classes of a class-conditional network, null for none.</summary>
    [JsonPropertyName("num_classes")]
    public int? Classes { get; init; }

    /// <summary>Heads, -1 where <see cref="HeadChannels"/> decides.</summary>
    [JsonPropertyName("num_heads")]
    public int Heads { get; init; } = -1;

    /// <summary>Channels of a head, -1 where <see cref="Heads"/> decides.</summary>
    [JsonPropertyName("num_head_channels")]
    public int HeadChannels { get; init; } = -1;

    /// <summary>Heads of attention blocks on the way up, -1 for <see cref="Heads"/>.</summary>
    [JsonPropertyName("num_heads_upsample")]
    public int HeadsUpsampling { get; init; } = -1;

    [JsonPropertyName("use_scale_shift_norm")]
    public bool ScaleShiftNorm { get; init; }

    /// <summary>Whether residual blocks do the up- and down-sampling.</summary>
    [JsonPropertyName("resblock_updown")]
    public bool ResidualResampling { get; init; }

    /// <summary>Whether attention blocks order their projection by kind instead of by head.</summary>
    [JsonPropertyName("use_new_attention_order")]
    public bool NewAttentionOrder { get; init; }

    [JsonPropertyName("use_spatial_transformer")]
    public bool SpatialTransformer { get; init; }

    [JsonPropertyName("transformer_depth")]
    public int TransformerDepth { get; init; } = 1;

    /// <summary>Channels of the context tokens, null for none.</summary>
    [JsonPropertyName("context_dim")]
    public int? ContextChannels { get; init; }

    /// <summary>Whether the width of a head follows from their number (the reference's default).</summary>
    [JsonPropertyName("legacy")]
    public bool Legacy { get; init; } = true;

    /// <summary>Whether training recomputes activations, but for levels whose maps are so small that keeping them costs little.</summary>
    [JsonPropertyName("use_checkpoint")]
    public bool Checkpointing { get; init; }

    /// <summary>Ignored: the arithmetic is fp32.</summary>
    [JsonPropertyName("use_fp16")]
    public bool HalfPrecision { get; init; }

    /// <summary>Spatial dimensions; only 2 is supported.</summary>
    [JsonPropertyName("dims")]
    public int Dimensions { get; init; } = 2;

    /// <summary>
    /// Whether training recomputes the blocks of a level, counted from the largest maps on. The smallest maps have the most channels:
    /// computing them takes longest for what keeping them would take.
    /// </summary>
    internal bool Recomputes(int level) =>
        Checkpointing && Map(level) >= PartOfSmallMaps * ChannelMultipliers.Select((_, other) => Map(other)).Max();

    /// <exception cref="ArgumentException">The arguments contradict one another, or ask for what is not supported.</exception>
    public void Validate()
    {
        Require(Dimensions == 2, $"dims is {Dimensions}; only 2 is supported.");
        Require(ModelChannels > 0 && ModelChannels % 32 == 0, $"model_channels is {ModelChannels}; group norm needs a multiple of 32.");
        Require(
            NetworkLimits.AllowsWidths(ModelChannels, ChannelMultipliers),
            $"channel_mult must have 1 to {NetworkLimits.Levels} factors from 1 on, and no level over {NetworkLimits.Channels} channels.");
        Require(
            NetworkLimits.Allows(NetworkLimits.Blocks, ResidualBlocks),
            $"num_res_blocks is {ResidualBlocks}; it must be 1 to {NetworkLimits.Blocks}.");
        Require(
            NetworkLimits.Allows(NetworkLimits.Channels, InputChannels, OutputChannels, ContextChannels ?? 1),
            $"in_channels, out_channels and context_dim must be 1 to {NetworkLimits.Channels}.");
        Require(
            NetworkLimits.Allows(NetworkLimits.TransformerDepth, TransformerDepth),
            $"transformer_depth is {TransformerDepth}; it must be 1 to {NetworkLimits.TransformerDepth}.");
        Require(
            NetworkLimits.Allows(NetworkLimits.Entries, Classes ?? 1), $"num_classes is {Classes}; it must be 1 to {NetworkLimits.Entries}.");
        Require(Heads > 0 || HeadChannels > 0, "num_heads or num_head_channels must be given: the middle block always has attention.");
        Require(ContextChannels is null || SpatialTransformer, "context_dim needs use_spatial_transformer: there is nothing else to attend to it.");
        Require(Dropout is >= 0 and < 1, $"dropout is {Dropout}; it must be at least 0 and below 1.");
    }

    /// <summary>Elements of a level's maps, in units that do not matter.</summary>
    private double Map(int level) => ChannelMultipliers[level] * Math.Pow(0.25, level);

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new ArgumentException("The UNet's configuration: " + message);
        }
    }
}
