using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Conditioning;

/// <summary>Conditions as a UNet takes them.</summary>
/// <param name="Context">[batch, tokens, channels]: attribute tokens, then mask tokens; null where nothing makes tokens.</param>
/// <param name="Concatenated">[batch, height, width, channels] beside the latent, or null.</param>
public sealed record EncodedConditions(Tensor? Context, Tensor? Concatenated);

/// <summary>The condition encoders of a model, joined on the token axis. They are trained with the UNet.</summary>
public sealed class ConditionEncoder : Module
{
    private readonly AttributeEncoder? attributes;
    private readonly MaskEncoder? mask;
    private readonly MaskConcatenation? concatenation;

    /// <param name="configuration">Which sources, in which form.</param>
    /// <param name="contextChannels">Channels of a token; unused where nothing makes tokens.</param>
    /// <param name="latentSize">Edge of the latents.</param>
    public ConditionEncoder(ConditioningConfiguration configuration, int contextChannels, int latentSize)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        configuration.Validate();
        attributes = configuration.UsesAttributes
            ? Add("attributes", AttributeEncoder.Create(configuration.Attributes, contextChannels))
            : null;
        mask = configuration.Mask == MaskCondition.Off ? null : Add("mask", MaskEncoder.Create(configuration, contextChannels));
        concatenation = configuration.ConcatenatedChannels > 0
            ? Add("concatenation", new MaskConcatenation(configuration.MaskSize, latentSize, configuration.ConcatenatedChannels))
            : null;
    }

    /// <summary>Tokens of an image.</summary>
    public int Tokens => (attributes?.Tokens ?? 0) + (mask?.Tokens ?? 0);

    public EncodedConditions Forward(Session session, ConditionBatch conditions)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(conditions);
        var tokens = new List<Tensor>(2);
        if (attributes is not null)
        {
            tokens.Add(attributes.Forward(session, conditions));
        }

        if (mask is not null)
        {
            tokens.Add(mask.Forward(session, conditions));
        }

        var context = tokens.Count switch
        {
            0 => null,
            1 => tokens[0],
            _ => Structure.Concat(1, tokens[0], tokens[1]),
        };
        return new EncodedConditions(context, concatenation?.Forward(session, conditions));
    }
}
