using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels.Convolution;
using KernelDiff.Kernels.Resampling;

namespace KernelDiff.Engine.Networks;

/// <summary>What a residual block does to the size of its input.</summary>
internal enum Resampling
{
    None,
    Down,
    Up,
}

/// <summary>
/// The UNet's residual block: norm, SiLU, convolution, time embedding (added, or as scale and shift), norm, SiLU, convolution, and a
/// 1x1 convolution around them where the widths differ.
/// </summary>
internal sealed class ResidualBlock : Module
{
    private readonly GroupNorm inputNorm;
    private readonly Convolution2d inputConvolution;
    private readonly Linear embedding;
    private readonly GroupNorm outputNorm;
    private readonly Convolution2d outputConvolution;
    private readonly Convolution2d? skip;
    private readonly bool scaleShift;
    private readonly Resampling resampling;
    private readonly float dropout;

    public ResidualBlock(int from, int to, UNetConfiguration configuration, Resampling resampling = Resampling.None)
    {
        this.resampling = resampling;
        scaleShift = configuration.ScaleShiftNorm;
        dropout = configuration.Dropout;
        inputNorm = Add("in_layers.0", UNetLayers.Norm(from));

        // Up-sampling is folded into the convolution that follows it.
        inputConvolution = Add("in_layers.2", UNetLayers.Convolution(from, to, upsample: resampling == Resampling.Up));
        embedding = Add("emb_layers.1", new Linear(4 * configuration.ModelChannels, scaleShift ? 2 * to : to));
        outputNorm = Add("out_layers.0", UNetLayers.Norm(to));
        outputConvolution = Add("out_layers.3", UNetLayers.Convolution(to, to, initializer: Initializer.Zero));
        skip = from == to ? null : Add("skip_connection", new Convolution2d(from, to, 1, new ConvolutionOptions(1)));
    }

    /// <param name="x">[batch, height, width, from].</param>
    /// <param name="call">The call's activated embedding.</param>
    public Tensor Forward(Tensor x, UNetCall call) => x.Session.Scoped(() =>
    {
        var hidden = inputNorm.Forward(x, silu: true);
        if (resampling == Resampling.Down)
        {
            hidden = hidden.Consume(UNetLayers.Halve);
        }

        var projected = embedding.Forward(call.ActivatedEmbedding);
        return hidden.Consume(normed => inputConvolution.Forward(normed, imageBias: scaleShift ? null : projected))
            .Consume(convolved => outputNorm.Forward(convolved, silu: true, scaleShift: scaleShift ? projected : null))
            .Consume(normed => outputConvolution.Forward(call.Drop(normed, dropout), residual: Skip(x)));
    });

    private Tensor Skip(Tensor x)
    {
        var resampled = resampling switch
        {
            Resampling.Down => UNetLayers.Halve(x),
            Resampling.Up => Resamplings.Resize(x, 2 * x.Shape[1], 2 * x.Shape[2], ResizeMode.Nearest),
            _ => x,
        };
        return skip?.Forward(resampled) ?? resampled;
    }
}

/// <summary>Layers that several of the UNet's blocks are made of.</summary>
internal static class UNetLayers
{
    /// <summary>GroupNorm of 32 groups with PyTorch's epsilon.</summary>
    public static GroupNorm Norm(int channels) => new(channels, 32, 1e-5f);

    /// <summary>3x3, same size (or twice, after up-sampling).</summary>
    public static Convolution2d Convolution(int from, int to, bool upsample = false, Initializer? initializer = null) =>
        new(from, to, 3, new ConvolutionOptions(1, ConvolutionPadding.All(1), upsample), initializer: initializer);

    /// <summary>Mean of 2x2 pixels.</summary>
    public static Tensor Halve(Tensor x) => Resamplings.AveragePool(x, new PoolingWindow(2, 2));
}
