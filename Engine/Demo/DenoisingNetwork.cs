using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels.Convolution;

namespace KernelDiff.Engine.Demo;

/// <summary>
/// A small convolutional network with attention that removes noise of a given level: two resolutions, residual blocks told the noise
/// level, self-attention over all pixels of the lower resolution, a skip connection.
/// </summary>
public sealed class DenoisingNetwork : Module
{
    private const int Width = 32;
    private const int Embedding = 64;

    private readonly Linear embed;
    private readonly Convolution2d input;
    private readonly ResidualBlock highResolution;
    private readonly Convolution2d down;
    private readonly ResidualBlock lowResolution;
    private readonly AttentionLayer attention;
    private readonly Convolution2d up;
    private readonly ResidualBlock merged;
    private readonly GroupNorm norm;
    private readonly Convolution2d output;

    public DenoisingNetwork()
    {
        embed = Add("embed", new Linear(Embedding, Embedding));
        input = Add("input", Same(ShapesData.Channels, Width));
        highResolution = Add("high", new ResidualBlock(Width, Width));
        down = Add("down", new Convolution2d(Width, 2 * Width, 3, new ConvolutionOptions(2, ConvolutionPadding.All(1))));
        lowResolution = Add("low", new ResidualBlock(2 * Width, 2 * Width));
        attention = Add("attention", new AttentionLayer(2 * Width));
        up = Add("up", new Convolution2d(2 * Width, Width, 3, new ConvolutionOptions(1, ConvolutionPadding.All(1), Upsample: true)));
        merged = Add("merged", new ResidualBlock(2 * Width, Width));
        norm = Add("norm", new GroupNorm(Width, 8, 1e-5f));
        output = Add("output", new Convolution2d(
            Width, ShapesData.Channels, 3, new ConvolutionOptions(1, ConvolutionPadding.All(1)), initializer: Initializer.Zero));
    }

    /// <summary>The clean picture that the network sees in a noisy one.</summary>
    /// <param name="noisy">[batch, height, width, 3], height and width even.</param>
    /// <param name="levels">[batch]: the noise level of each picture, 0 to 1000.</param>
    /// <returns>[batch, height, width, 3].</returns>
    public Tensor Forward(Tensor noisy, Tensor levels)
    {
        ArgumentNullException.ThrowIfNull(noisy);
        var embedding = Elementwise.Silu(embed.Forward(Embeddings.Timesteps(levels, Embedding)));
        var high = highResolution.Forward(input.Forward(noisy), embedding);
        var low = attention.Forward(lowResolution.Forward(down.Forward(high), embedding));
        var joined = merged.Forward(Structure.Concat(3, up.Forward(low), high), embedding);
        return output.Forward(norm.Forward(joined, silu: true));
    }

    private static Convolution2d Same(int from, int to) => new(from, to, 3, new ConvolutionOptions(1, ConvolutionPadding.All(1)));

    private sealed class ResidualBlock : Module
    {
        private readonly GroupNorm firstNorm;
        private readonly Convolution2d first;
        private readonly Linear level;
        private readonly GroupNorm secondNorm;
        private readonly Convolution2d second;
        private readonly Convolution2d? skip;

        public ResidualBlock(int from, int to)
        {
            firstNorm = Add("norm1", new GroupNorm(from, 8, 1e-5f));
            first = Add("conv1", Same(from, to));
            level = Add("level", new Linear(Embedding, to));
            secondNorm = Add("norm2", new GroupNorm(to, 8, 1e-5f));
            second = Add("conv2", Same(to, to));
            skip = from == to ? null : Add("skip", new Convolution2d(from, to, 1, new ConvolutionOptions(1)));
        }

        public Tensor Forward(Tensor x, Tensor embedding) => x.Session.Scoped(() =>
        {
            var hidden = first.Forward(firstNorm.Forward(x, silu: true), imageBias: level.Forward(embedding));
            return second.Forward(secondNorm.Forward(hidden, silu: true), residual: skip?.Forward(x) ?? x);
        });
    }

    private sealed class AttentionLayer : Module
    {
        private const int HeadWidth = 16;

        private readonly int heads;
        private readonly GroupNorm norm;
        private readonly Linear qkv;
        private readonly Linear projection;

        public AttentionLayer(int channels)
        {
            heads = channels / HeadWidth;
            norm = Add("norm", new GroupNorm(channels, 8, 1e-5f));
            qkv = Add("qkv", new Linear(channels, 3 * channels));
            projection = Add("projection", new Linear(channels, channels));
        }

        public Tensor Forward(Tensor x) => x.Session.Scoped(() =>
        {
            var tokens = Structure.Reshape(x, x.Shape[0], -1, x.Shape[3]);
            var attended = Attentions.SelfAttention(qkv.Forward(norm.Forward(tokens)), heads, QkvOrder.ByKind);
            return Structure.Reshape(projection.Forward(attended, residual: tokens), x.Shape.ToArray());
        });
    }
}
