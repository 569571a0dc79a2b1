using KernelDiff.Engine.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace KernelDiff.Benchmarks.Libtorch;

/// <summary>Quantiser and decoder of latent-diffusion's vector-quantised autoencoder in eager mode.</summary>
internal sealed class TorchDecoder(EncoderConfiguration configuration, StateDict weights)
{
    private const double Epsilon = 1e-6;

    private readonly Layers layers = new(weights, inPlace: true);

    /// <param name="latent">[batch, channels, height, width].</param>
    public Tensor Forward(Tensor latent)
    {
        var hidden = Quantize(latent)
            .Then(quantized => layers.Convolution(quantized, "post_quant_conv"))
            .Then(quantized => layers.Convolution(quantized, "decoder.conv_in"))
            .Then(first => Residual(first, "decoder.mid.block_1"))
            .Then(first => Attention(first, "decoder.mid.attn_1"))
            .Then(first => Residual(first, "decoder.mid.block_2"));
        for (var level = configuration.ChannelMultipliers.Length - 1; level >= 0; level--)
        {
            var name = $"decoder.up.{level}";
            for (var i = 0; i <= configuration.ResidualBlocks; i++)
            {
                var block = $"{name}.block.{i}";
                hidden = hidden.Then(last => Residual(last, block));
            }

            hidden = level > 0 ? hidden.Then(last => layers.Double(last, name + ".upsample.conv")) : hidden;
        }

        return hidden.Then(last => layers.NormSilu(last, "decoder.norm_out", Epsilon)).Then(last => layers.Convolution(last, "decoder.conv_out"));
    }

    /// <summary>The nearest codewords: |e|² - 2 z · e is smallest where |z - e|² is.</summary>
    private Tensor Quantize(Tensor latent)
    {
        var codebook = weights["quantize.embedding.weight"];
        using var squares = codebook.square().Then(values => values.sum(dim: 1));
        using var tokens = Layers.Tokens(latent);
        using var pixels = tokens.flatten(0, 1);
        using var transposed = codebook.t();
        using var nearest = addmm(squares, pixels, transposed, beta: 1, alpha: -2).Then(distances => distances.argmin(dim: 1));
        return codebook.index_select(0, nearest)
            .Then(codewords => codewords.unflatten(0, tokens.shape[0], tokens.shape[1]))
            .Then(codewords => Layers.Image(codewords, latent));
    }

    private Tensor Residual(Tensor x, string block)
    {
        var hidden = layers.NormSilu(x, block + ".norm1", Epsilon)
            .Then(normed => layers.Convolution(normed, block + ".conv1"))
            .Then(convolved => layers.NormSilu(convolved, block + ".norm2", Epsilon))
            .Then(normed => layers.Convolution(normed, block + ".conv2"));
        return hidden.Plus(layers.Has(block + ".nin_shortcut") ? layers.Convolution(x, block + ".nin_shortcut") : x.alias());
    }

    /// <summary>One head over all pixels.</summary>
    private Tensor Attention(Tensor x, string layer)
    {
        using var tokens = layers.Norm(x, layer + ".norm", Epsilon).Then(Layers.Tokens);
        using var query = Project(".q");
        using var key = Project(".k");
        using var value = Project(".v");
        return Layers.Attend(query, key, value)
            .Then(attended => layers.Linear(attended, layer + ".proj_out"))
            .Then(attended => Layers.Image(attended, x))
            .Plus(x.alias());

        Tensor Project(string projection) => layers.Linear(tokens, layer + projection).Then(projected => projected.unsqueeze(1));
    }
}
