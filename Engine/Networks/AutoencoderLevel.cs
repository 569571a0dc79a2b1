using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels.Convolution;

namespace KernelDiff.Engine.Networks;

/// <summary>The residual blocks of one resolution, each with attention or without, and the change of resolution after them.</summary>
internal sealed class AutoencoderLevel : Module
{
    private readonly List<Func<Tensor, Tensor>> layers = [];

    /// <param name="from">Channels of the input.</param>
    /// <param name="to">Channels of the output.</param>
    /// <param name="blocks">Residual blocks.</param>
    /// <param name="hasAttention">Whether each is followed by attention.</param>
    public AutoencoderLevel(int from, int to, int blocks, bool hasAttention)
    {
        for (var i = 0; i < blocks; i++)
        {
            layers.Add(Add($"block.{i}", new AutoencoderResidualBlock(i == 0 ? from : to, to)).Forward);
            if (hasAttention)
            {
                layers.Add(Add($"attn.{i}", new AutoencoderAttention(to)).Forward);
            }
        }
    }

    /// <summary>Halves the resolution: zeros at the right and at the bottom, then a 3x3 convolution with stride 2.</summary>
    public void AddDownsampling(int channels, bool withConvolution)
    {
        if (withConvolution)
        {
            var convolution = Add("downsample.conv", new Convolution2d(
                channels, channels, 3, new ConvolutionOptions(2, ConvolutionPadding.BottomRight(1))));
            layers.Add(x => convolution.Forward(x));
        }
        else
        {
            layers.Add(UNetLayers.Halve);
        }
    }

    /// <summary>Doubles the resolution: every pixel repeated, then a 3x3 convolution.</summary>
    public void AddUpsampling(int channels, bool withConvolution)
    {
        if (withConvolution)
        {
            var convolution = Add("upsample.conv", AutoencoderLayers.Convolution(channels, channels, upsample: true));
            layers.Add(x => convolution.Forward(x));
        }
        else
        {
            layers.Add(AutoencoderLayers.Double);
        }
    }

    /// <summary>Each layer in a scope of its own: at full resolution every map that is kept too long counts.</summary>
    public Tensor Forward(Tensor x) => x.Session.Scoped(() => layers.Aggregate(x, (hidden, layer) => hidden.Consume(layer)));
}
