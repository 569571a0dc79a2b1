using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Networks;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Models;

/// <summary>An autoencoder of either kind, between images and the latents that diffusion runs on.</summary>
public sealed class FirstStage : IDisposable
{
    /// <summary>In front of its parameters' names in a model file.</summary>
    public const string Prefix = "first_stage_model.";

    /// <param name="session">Where the parameters live.</param>
    /// <param name="configuration">Its kind and sizes.</param>
    /// <param name="withGradients">Whether it is trained.</param>
    /// <exception cref="ArgumentException">The configuration contradicts itself.</exception>
    /// <exception cref="Kernels.DeviceMemoryException">The device has too little memory.</exception>
    public FirstStage(Session session, FirstStageConfiguration configuration, bool withGradients)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        configuration.Validate();
        Configuration = configuration;
        Vq = configuration.Vq is { } vq ? new VqAutoencoder(vq) : null;
        Kl = configuration.Kl is { } kl ? new KlAutoencoder(kl) : null;
        Arena = Network.Materialize(session, withGradients);
    }

    /// <summary>The network of a configuration without memory for its values, to count or name its parameters.</summary>
    public static Module Describe(FirstStageConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return configuration.Vq is { } vq ? new VqAutoencoder(vq) : new KlAutoencoder(configuration.Kl!);
    }

    public FirstStageConfiguration Configuration { get; }

    /// <summary>The network if it is vector-quantised, else null.</summary>
    public VqAutoencoder? Vq { get; }

    /// <summary>The network if it is KL-regularised, else null.</summary>
    public KlAutoencoder? Kl { get; }

    public Module Network => (Module?)Vq ?? Kl!;

    public ParameterArena Arena { get; }

    /// <summary>The latent of an image: before quantisation, or the mean of its distribution.</summary>
    /// <param name="image">[batch, height, width, 3] in [-1, 1].</param>
    /// <returns>[batch, height / factor, width / factor, latent channels].</returns>
    public Tensor Encode(Tensor image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Vq?.Encode(image) ?? image.Session.Scoped(() => Kl!.Encode(image).Mean);
    }

    /// <summary>The image of a latent.</summary>
    /// <param name="latent">[batch, height, width, latent channels].</param>
    public Tensor Decode(Tensor latent) => Vq?.Decode(latent) ?? Kl!.Decode(latent);

    public void Dispose() => Arena.Dispose();
}
