using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Networks;

/// <summary>
/// The vector-quantised autoencoder of latent-diffusion (<c>VQModelInterface</c>): diffusion runs on the latent before quantisation,
/// decoding quantises it.
/// </summary>
public sealed class VqAutoencoder : Module
{
    private readonly VqAutoencoderConfiguration configuration;
    private readonly Encoder encoder;
    private readonly Decoder decoder;
    private readonly Codebook codebook;
    private readonly Linear quantConvolution;
    private readonly Linear postQuantConvolution;

    /// <exception cref="ArgumentException">The configuration contradicts itself.</exception>
    public VqAutoencoder(VqAutoencoderConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        configuration.Validate();
        this.configuration = configuration;
        var options = new LinearOptions { FileRank = 4 };
        var latent = configuration.Encoder.LatentChannels;
        encoder = Add("encoder", new Encoder(configuration.Encoder));
        decoder = Add("decoder", new Decoder(configuration.Encoder));
        codebook = Add("quantize", new Codebook(configuration.Codewords, configuration.LatentChannels));
        quantConvolution = Add("quant_conv", new Linear(
            configuration.Encoder.DoubleLatent ? 2 * latent : latent, configuration.LatentChannels, options));
        postQuantConvolution = Add("post_quant_conv", new Linear(configuration.LatentChannels, latent, options));
    }

    /// <summary>The latent before quantisation.</summary>
    /// <param name="image">[batch, height, width, 3] in [-1, 1].</param>
    /// <returns>[batch, height / factor, width / factor, latent channels].</returns>
    public Tensor Encode(Tensor image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return image.Session.Scoped(() => quantConvolution.Forward(encoder.Forward(image)));
    }

    /// <summary>The image of a latent, which is quantised first.</summary>
    /// <param name="latent">[batch, height, width, latent channels].</param>
    public Tensor Decode(Tensor latent)
    {
        ArgumentNullException.ThrowIfNull(latent);
        return latent.Session.Scoped(() => DecodeQuantized(Quantize(latent).Quantized));
    }

    /// <summary>The image of a latent that is quantised already.</summary>
    public Tensor DecodeQuantized(Tensor quantized)
    {
        ArgumentNullException.ThrowIfNull(quantized);
        return decoder.Forward(postQuantConvolution.Forward(quantized));
    }

    /// <summary>The nearest codewords, with the quantiser's loss; the gradient passes straight through.</summary>
    public Quantization Quantize(Tensor latent) => Quantizers.Quantize(
        latent, codebook.Weight, configuration.LegacyLoss ? 1 : configuration.Beta, configuration.LegacyLoss ? configuration.Beta : 1);

    internal Decoder Decoder => decoder;

    /// <summary>What the decoder's last layer sees of a quantised latent.</summary>
    internal Tensor Features(Tensor quantized) => decoder.Features(postQuantConvolution.Forward(quantized));

    private sealed class Codebook : Module
    {
        private readonly ParameterSlot weight;

        public Codebook(int codewords, int channels)
        {
            weight = Declare(ParameterSpecification.Plain(
                "embedding.weight", new TensorShape(codewords, channels), Initializer.Uniform(1f / codewords)));
        }

        public Parameter Weight => weight.Value;
    }
}
