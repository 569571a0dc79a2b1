using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels.Convolution;
using KernelDiff.Kernels.Resampling;

namespace KernelDiff.Engine.Networks;

/// <summary>The autoencoders' residual block: norm, SiLU, convolution, twice; a 1x1 convolution around them where the widths differ.</summary>
internal sealed class AutoencoderResidualBlock : Module
{
    private readonly GroupNorm norm1;
    private readonly Convolution2d convolution1;
    private readonly GroupNorm norm2;
    private readonly Convolution2d convolution2;
    private readonly Convolution2d? shortcut;

    public AutoencoderResidualBlock(int from, int to)
    {
        norm1 = Add("norm1", AutoencoderLayers.Norm(from));
        convolution1 = Add("conv1", AutoencoderLayers.Convolution(from, to));
        norm2 = Add("norm2", AutoencoderLayers.Norm(to));
        convolution2 = Add("conv2", AutoencoderLayers.Convolution(to, to));
        shortcut = from == to ? null : Add("nin_shortcut", new Convolution2d(from, to, 1, new ConvolutionOptions(1)));
    }

    /// <param name="x">[batch, height, width, from].</param>
    public Tensor Forward(Tensor x) => x.Session.Scoped(() =>
    {
        var hidden = norm1.Forward(x, silu: true)
            .Consume(normed => convolution1.Forward(normed))
            .Consume(convolved => norm2.Forward(convolved, silu: true));
        return hidden.Consume(normed => convolution2.Forward(normed, residual: shortcut?.Forward(x) ?? x));
    });
}

/// <summary>The autoencoders' attention: one head over all pixels, as wide as the feature map.</summary>
internal sealed class AutoencoderAttention : Module
{
    private readonly GroupNorm norm;
    private readonly Linear query;
    private readonly Linear key;
    private readonly Linear value;
    private readonly Linear output;

    public AutoencoderAttention(int channels)
    {
        var options = new LinearOptions { FileRank = 4 };
        norm = Add("norm", AutoencoderLayers.Norm(channels));
        query = Add("q", new Linear(channels, channels, options));
        key = Add("k", new Linear(channels, channels, options));
        value = Add("v", new Linear(channels, channels, options));
        output = Add("proj_out", new Linear(channels, channels, options));
    }

    /// <param name="x">[batch, height, width, channels].</param>
    public Tensor Forward(Tensor x) => x.Session.Scoped(() =>
    {
        var tokens = Structure.Reshape(x, x.Shape[0], -1, x.Shape[3]);
        var attended = norm.Forward(tokens).Consume(normed =>
            Attentions.Attention(query.Forward(normed), key.Forward(normed), value.Forward(normed), heads: 1));
        return Structure.Reshape(attended.Consume(last => output.Forward(last, residual: tokens)), x.Shape.ToArray());
    });
}

/// <summary>Residual block, attention, residual block at the lowest resolution.</summary>
internal sealed class AutoencoderMiddle : Module
{
    private readonly AutoencoderResidualBlock block1;
    private readonly AutoencoderAttention? attention;
    private readonly AutoencoderResidualBlock block2;

    public AutoencoderMiddle(int channels, bool hasAttention)
    {
        block1 = Add("block_1", new AutoencoderResidualBlock(channels, channels));
        attention = hasAttention ? Add("attn_1", new AutoencoderAttention(channels)) : null;
        block2 = Add("block_2", new AutoencoderResidualBlock(channels, channels));
    }

    public Tensor Forward(Tensor x) => x.Session.Scoped(() =>
    {
        var hidden = block1.Forward(x);
        hidden = attention is null ? hidden : hidden.Consume(attention.Forward);
        return hidden.Consume(block2.Forward);
    });
}

/// <summary>What encoder and decoder share.</summary>
internal static class AutoencoderLayers
{
    /// <summary>GroupNorm of 32 groups with the first stage's epsilon.</summary>
    public static GroupNorm Norm(int channels) => new(channels, 32, 1e-6f);

    /// <summary>3x3, same size (or twice, after up-sampling).</summary>
    public static Convolution2d Convolution(int from, int to, bool upsample = false) =>
        new(from, to, 3, new ConvolutionOptions(1, ConvolutionPadding.All(1), upsample));

    /// <summary>[batch, height, width, channels] with every pixel repeated 2 x 2.</summary>
    public static Tensor Double(Tensor x) => Resamplings.Resize(x, 2 * x.Shape[1], 2 * x.Shape[2], ResizeMode.Nearest);
}
