using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Networks;

/// <summary>Image to latent: latent-diffusion's <c>Encoder</c>.</summary>
internal sealed class Encoder : Module
{
    private readonly Convolution2d input;
    private readonly List<AutoencoderLevel> levels = [];
    private readonly AutoencoderMiddle middle;
    private readonly GroupNorm norm;
    private readonly Convolution2d output;

    public Encoder(EncoderConfiguration configuration)
    {
        configuration.Validate();
        var channels = configuration.Channels;
        input = Add("conv_in", AutoencoderLayers.Convolution(configuration.InputChannels, channels));
        var resolution = configuration.Resolution;
        var hasAttention = configuration.AttentionType != "none";
        for (var i = 0; i < configuration.ChannelMultipliers.Length; i++)
        {
            var to = configuration.Channels * configuration.ChannelMultipliers[i];
            var level = Add($"down.{i}", new AutoencoderLevel(
                channels, to, configuration.ResidualBlocks, hasAttention && configuration.AttentionResolutions.Contains(resolution)));
            channels = to;
            if (i < configuration.ChannelMultipliers.Length - 1)
            {
                level.AddDownsampling(channels, configuration.ConvolutionalResampling);
                resolution /= 2;
            }

            levels.Add(level);
        }

        middle = Add("mid", new AutoencoderMiddle(channels, hasAttention));
        norm = Add("norm_out", AutoencoderLayers.Norm(channels));
        output = Add("conv_out", AutoencoderLayers.Convolution(
            channels, (configuration.DoubleLatent ? 2 : 1) * configuration.LatentChannels));
    }

    /// <param name="image">[batch, height, width, channels].</param>
    public Tensor Forward(Tensor image) => image.Session.Scoped(() =>
    {
        var hidden = levels.Aggregate(input.Forward(image), (last, level) => last.Consume(level.Forward));
        return hidden.Consume(middle.Forward).Consume(last => norm.Forward(last, silu: true)).Consume(normed => output.Forward(normed));
    });
}

/// <summary>Latent to image: latent-diffusion's <c>Decoder</c>.</summary>
internal sealed class Decoder : Module
{
    private readonly Convolution2d input;
    private readonly AutoencoderMiddle middle;
    private readonly AutoencoderLevel[] levels;
    private readonly GroupNorm norm;
    private readonly Convolution2d output;
    private readonly bool tanh;

    public Decoder(EncoderConfiguration configuration)
    {
        configuration.Validate();
        tanh = configuration.TanhOutput;
        var count = configuration.ChannelMultipliers.Length;
        var channels = configuration.Channels * configuration.ChannelMultipliers[^1];
        var resolution = configuration.Resolution / configuration.Factor;
        var hasAttention = configuration.AttentionType != "none";
        input = Add("conv_in", AutoencoderLayers.Convolution(configuration.LatentChannels, channels));
        middle = Add("mid", new AutoencoderMiddle(channels, hasAttention));
        levels = new AutoencoderLevel[count];
        for (var i = count - 1; i >= 0; i--)
        {
            var to = configuration.Channels * configuration.ChannelMultipliers[i];
            levels[i] = Add($"up.{i}", new AutoencoderLevel(
                channels, to, configuration.ResidualBlocks + 1, hasAttention && configuration.AttentionResolutions.Contains(resolution)));
            channels = to;
            if (i > 0)
            {
                levels[i].AddUpsampling(channels, configuration.ConvolutionalResampling);
                resolution *= 2;
            }
        }

        norm = Add("norm_out", AutoencoderLayers.Norm(channels));
        output = Add("conv_out", AutoencoderLayers.Convolution(channels, configuration.OutputChannels));
    }

    /// <summary>The weights of the last layer.</summary>
    public Parameter LastWeight => output.Weight;

    /// <param name="latent">[batch, height, width, latent channels].</param>
    public Tensor Forward(Tensor latent) =>
        latent.Session.Scoped(() => Features(latent).Consume(features => Project(features)));

    /// <summary>What the last layer sees.</summary>
    /// <param name="latent">[batch, height, width, latent channels].</param>
    public Tensor Features(Tensor latent) => latent.Session.Scoped(() =>
    {
        var hidden = input.Forward(latent).Consume(middle.Forward);
        for (var i = levels.Length - 1; i >= 0; i--)
        {
            hidden = hidden.Consume(levels[i].Forward);
        }

        return hidden.Consume(last => norm.Forward(last, silu: true));
    });

    /// <summary>The last layer.</summary>
    /// <param name="features">From <see cref="Features"/>.</param>
    /// <param name="weights">In the place of <see cref="LastWeight"/>, or null.</param>
    public Tensor Project(Tensor features, Tensor? weights = null) => features.Session.Scoped(() =>
    {
        var image = weights is null ? output.Forward(features) : output.ForwardWith(features, weights);
        return tanh ? Functional.Elementwise.Tanh(image) : image;
    });
}
