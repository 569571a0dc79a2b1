using System.Text.Json.Serialization;
using KernelDiff.Engine.Networks;

namespace KernelDiff.Engine.Configuration;

/// <summary>How attributes become context tokens.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AttributeCondition>))]
public enum AttributeCondition
{
    /// <summary>Attributes are no condition.</summary>
    [JsonStringEnumMemberName("off")]
    Off,

    /// <summary>One learned token for each attribute and state: 40 tokens.</summary>
    [JsonStringEnumMemberName("tokens")]
    Tokens,

    /// <summary>All attributes through one multi-layer perceptron: one token.</summary>
    [JsonStringEnumMemberName("vector")]
    Vector,
}

/// <summary>How a mask becomes context tokens.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MaskCondition>))]
public enum MaskCondition
{
    /// <summary>The mask makes no tokens.</summary>
    [JsonStringEnumMemberName("off")]
    Off,

    /// <summary>The map of each class through one linear layer: 19 tokens.</summary>
    [JsonStringEnumMemberName("class-tokens")]
    ClassTokens,

    /// <summary>Squares of the map, with their positions: keeps the layout.</summary>
    [JsonStringEnumMemberName("patch-tokens")]
    PatchTokens,

    /// <summary>A small convolutional network and the mean over all its pixels: one token, no layout.</summary>
    [JsonStringEnumMemberName("pooled")]
    Pooled,
}

/// <summary>What the model is conditioned on, and in which form.</summary>
public sealed record ConditioningConfiguration
{
    [JsonPropertyName("attributes")]
    public AttributeCondition Attributes { get; init; }

    [JsonPropertyName("mask")]
    public MaskCondition Mask { get; init; }

    /// <summary>Edge to which label maps are brought before they are encoded, for tokens and for concatenation.</summary>
    [JsonPropertyName("mask_size")]
    public int MaskSize { get; init; } = 32;

    /// <summary>Edge of a patch of <see cref="MaskSize"/>, for patch tokens.</summary>
    [JsonPropertyName("patch_size")]
    public int PatchSize { get; init; } = 4;

    /// <summary>
    /// Channels that the mask adds to the latent (the hybrid mode of latent-diffusion): class fractions of each latent pixel through a
    /// linear layer. 0 for none.
    /// </summary>
    [JsonPropertyName("mask_concat_channels")]
    public int ConcatenatedChannels { get; init; }

    /// <summary>Whether the UNet gets context tokens.</summary>
    [JsonIgnore]
    public bool HasTokens => UsesAttributes || Mask != MaskCondition.Off;

    [JsonIgnore]
    public bool UsesAttributes => Attributes != AttributeCondition.Off;

    /// <summary>Whether a mask is looked at in any form.</summary>
    [JsonIgnore]
    public bool UsesMask => Mask != MaskCondition.Off || ConcatenatedChannels > 0;

    /// <exception cref="ArgumentException">A size is impossible.</exception>
    public void Validate()
    {
        Require(
            NetworkLimits.Allows(NetworkLimits.ImageSize, MaskSize), $"mask_size is {MaskSize}; it must be 1 to {NetworkLimits.ImageSize}.");
        Require(
            ConcatenatedChannels is >= 0 and <= NetworkLimits.Channels,
            $"mask_concat_channels is {ConcatenatedChannels}; it must be 0 to {NetworkLimits.Channels}.");
        Require(
            Mask != MaskCondition.PatchTokens || (PatchSize > 0 && MaskSize % PatchSize == 0),
            $"patch_size {PatchSize} does not divide mask_size {MaskSize}.");
        Require(
            Mask != MaskCondition.Pooled || MaskSize % 8 == 0,
            $"mask_size is {MaskSize}; the pooled form halves it three times, so that it must be a multiple of 8.");
    }

    /// <exception cref="ArgumentException">The mask does not fit the latent.</exception>
    internal void ValidateFor(int imageSize, int latentSize)
    {
        Require(!UsesMask || MaskSize <= imageSize, $"mask_size {MaskSize} is larger than image_size {imageSize}.");
        Require(
            ConcatenatedChannels == 0 || MaskSize % latentSize == 0,
            $"mask_size {MaskSize} is not a multiple of the latent's edge {latentSize}, to which the mask is concatenated.");
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new ArgumentException("The conditioning's configuration: " + message);
        }
    }
}
