using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Networks;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels.RandomNumbers;

namespace KernelDiff.Engine.Conditioning;

/// <summary>
/// A UNet with the encoders of its conditions: what diffusion training trains, and what the moving average covers. Parameters have
/// latent-diffusion's prefixes, <c>model.diffusion_model.</c> and <c>cond_stage_model.</c>
/// </summary>
public sealed class ConditionedUNet : Module
{
    private readonly UNet unet;
    private readonly ConditionEncoder encoder;

    /// <exception cref="ArgumentException">The configuration has no UNet, or contradicts itself.</exception>
    public ConditionedUNet(ModelConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        if (configuration.UNet is not { } network)
        {
            throw new ArgumentException($"The model '{configuration.Name}' is an autoencoder alone: it has no UNet.", nameof(configuration));
        }

        configuration.Validate();
        unet = Add("model.diffusion_model", new UNet(network));
        encoder = Add("cond_stage_model", new ConditionEncoder(
            configuration.Conditioning, network.ContextChannels ?? 0, configuration.LatentSize));
    }

    /// <summary>Context tokens of an image.</summary>
    public int Tokens => encoder.Tokens;

    /// <summary>Encodes conditions, once for all steps of a sampler.</summary>
    public EncodedConditions Encode(Session session, ConditionBatch conditions) => encoder.Forward(session, conditions);

    /// <summary>The noise that the network sees in a latent.</summary>
    /// <param name="latent">[batch, height, width, latent channels].</param>
    /// <param name="timesteps">[batch].</param>
    /// <param name="conditions">Of the same batch.</param>
    /// <param name="dropoutKey">While training with dropout; null for none.</param>
    public Tensor Forward(Tensor latent, Tensor timesteps, EncodedConditions conditions, RandomKey? dropoutKey = null)
    {
        ArgumentNullException.ThrowIfNull(latent);
        ArgumentNullException.ThrowIfNull(conditions);
        return latent.Session.Scoped(() => unet.Forward(
            conditions.Concatenated is { } concatenated ? Structure.Concat(3, latent, concatenated) : latent,
            timesteps,
            conditions.Context,
            dropoutKey: dropoutKey));
    }
}
