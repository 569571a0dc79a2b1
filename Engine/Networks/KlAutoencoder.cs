using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Networks;

/// <summary>The KL-regularised autoencoder of latent-diffusion (<c>AutoencoderKL</c>).</summary>
public sealed class KlAutoencoder : Module
{
    private const float MinimumLogVariance = -30;
    private const float MaximumLogVariance = 20;

    private readonly Encoder encoder;
    private readonly Decoder decoder;
    private readonly Linear quantConvolution;
    private readonly Linear postQuantConvolution;

    /// <exception cref="ArgumentException">The configuration contradicts itself.</exception>
    public KlAutoencoder(KlAutoencoderConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        configuration.Validate();
        var options = new LinearOptions { FileRank = 4 };
        var latent = configuration.Encoder.LatentChannels;
        encoder = Add("encoder", new Encoder(configuration.Encoder));
        decoder = Add("decoder", new Decoder(configuration.Encoder));
        quantConvolution = Add("quant_conv", new Linear(2 * latent, 2 * configuration.LatentChannels, options));
        postQuantConvolution = Add("post_quant_conv", new Linear(configuration.LatentChannels, latent, options));
    }

    /// <summary>The distribution of an image's latent.</summary>
    /// <param name="image">[batch, height, width, 3] in [-1, 1].</param>
    public LatentDistribution Encode(Tensor image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var moments = image.Session.Scoped(() => quantConvolution.Forward(encoder.Forward(image)));
        var channels = moments.Shape[3] / 2;
        var parts = Structure.Split(moments, 3, channels, channels);
        return new LatentDistribution(parts[0], Elementwise.Clamp(parts[1], MinimumLogVariance, MaximumLogVariance));
    }

    /// <summary>The image of a latent.</summary>
    /// <param name="latent">[batch, height, width, latent channels].</param>
    public Tensor Decode(Tensor latent)
    {
        ArgumentNullException.ThrowIfNull(latent);
        return latent.Session.Scoped(() => decoder.Forward(postQuantConvolution.Forward(latent)));
    }

    internal Decoder Decoder => decoder;

    /// <summary>What the decoder's last layer sees of a latent.</summary>
    internal Tensor Features(Tensor latent) => decoder.Features(postQuantConvolution.Forward(latent));
}

/// <summary>A normal distribution with independent elements.</summary>
/// <param name="Mean">[batch, height, width, channels].</param>
/// <param name="LogVariance">The mean's shape, from -30 to 20.</param>
public sealed record LatentDistribution(Tensor Mean, Tensor LogVariance)
{
    /// <summary>mean + deviation · noise.</summary>
    /// <param name="noise">Unit normal values of the mean's shape.</param>
    public Tensor Sample(Tensor noise) => Mean.Session.Scoped(() =>
        Arithmetic.Add(Mean, Arithmetic.Multiply(Elementwise.Exp(Elementwise.Affine(LogVariance, 0.5f)), noise)));

    /// <summary>Kullback-Leibler divergence from the unit normal distribution, ½ Σ (mean² + variance - 1 - log variance): [batch].</summary>
    public Tensor Divergence() => Mean.Session.Scoped(() =>
    {
        var terms = Arithmetic.Add(
            Elementwise.Square(Mean), Arithmetic.Subtract(Elementwise.Exp(LogVariance), Elementwise.Affine(LogVariance, 1, 1)));
        return Elementwise.Affine(Reductions.Sum(terms, 1, terms.Shape.Rank - 1), 0.5f);
    });
}
