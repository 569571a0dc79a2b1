using System.Globalization;
using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels.Convolution;
using KernelDiff.Kernels.Resampling;

namespace KernelDiff.Engine.Networks;

/// <summary>One entry of the UNet's <c>input_blocks</c>, <c>middle_block</c> or <c>output_blocks</c>: layers numbered from 0.</summary>
/// <param name="configuration">Of the network.</param>
/// <param name="recomputes">Whether training keeps the inputs only, and runs the stage again on the way back.</param>
internal sealed class UNetStage(UNetConfiguration configuration, bool recomputes) : Module
{
    private readonly List<Func<Tensor, UNetCall, Tensor>> layers = [];

    public void AddResidual(int from, int to) => AddResidual(from, to, Resampling.None);

    /// <param name="channels">Of the feature map.</param>
    /// <param name="factor">Down-sampling factor here; null for the middle block, which always has attention.</param>
    /// <param name="heads">Of the network.</param>
    /// <param name="isUpsampling">Whether this is on the way up, where the number of heads may differ.</param>
    public void AddAttention(int channels, int? factor, UNetHeads heads, bool isUpsampling)
    {
        if (factor is { } at && !configuration.AttentionResolutions.Contains(at))
        {
            return;
        }

        var (count, width) = heads.At(channels);
        if (configuration.SpatialTransformer)
        {
            var transformer = Add(NextName, new SpatialTransformer(
                channels, count, width, configuration.TransformerDepth, configuration.ContextChannels));
            layers.Add((x, call) => transformer.Forward(x, call.Context));
        }
        else
        {
            var attention = Add(NextName, new AttentionBlock(
                channels, heads.OfAttentionBlock(channels, isUpsampling), configuration.NewAttentionOrder));
            layers.Add((x, _) => attention.Forward(x));
        }
    }

    public void AddDownsampling(int channels)
    {
        if (configuration.ResidualResampling)
        {
            AddResidual(channels, channels, Resampling.Down);
        }
        else if (configuration.ConvolutionalResampling)
        {
            var convolution = Add(NextName + ".op", new Convolution2d(
                channels, channels, 3, new ConvolutionOptions(2, ConvolutionPadding.All(1))));
            layers.Add((x, _) => convolution.Forward(x));
        }
        else
        {
            layers.Add((x, _) => UNetLayers.Halve(x));
        }
    }

    public void AddUpsampling(int channels)
    {
        if (configuration.ResidualResampling)
        {
            AddResidual(channels, channels, Resampling.Up);
        }
        else if (configuration.ConvolutionalResampling)
        {
            var convolution = Add(NextName + ".conv", UNetLayers.Convolution(channels, channels, upsample: true));
            layers.Add((x, _) => convolution.Forward(x));
        }
        else
        {
            layers.Add((x, _) => Resamplings.Resize(x, 2 * x.Shape[1], 2 * x.Shape[2], ResizeMode.Nearest));
        }
    }

    public Tensor Forward(Tensor x, UNetCall call) => recomputes && x.Session.IsRecording
        ? Checkpoint(x, call)
        : Run(x, call);

    private string NextName => layers.Count.ToString(CultureInfo.InvariantCulture);

    private void AddResidual(int from, int to, Resampling resampling)
    {
        var block = Add(NextName, new ResidualBlock(from, to, configuration, resampling));
        layers.Add(block.Forward);
    }

    private Tensor Run(Tensor x, UNetCall call) => x.Session.Scoped(() =>
        layers.Aggregate(x, (hidden, layer) => hidden.Consume(last => layer(last, call))));

    private Tensor Checkpoint(Tensor x, UNetCall call)
    {
        var fork = call.Fork();
        Tensor[] inputs = call.Context is null ? [x, call.ActivatedEmbedding] : [x, call.ActivatedEmbedding, call.Context];
        var output = Functional.Checkpointing.Run(
            tensors => Run(tensors[0], fork(tensors[1], tensors.Length > 2 ? tensors[2] : null)), inputs);

        // A stage has at most one dropout per layer.
        call.Skip(layers.Count);
        return output;
    }
}
