using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels.Convolution;

namespace KernelDiff.Engine.Networks;

/// <summary>
/// The patch discriminator of pix2pix (Isola et al., 2017) as taming-transformers has it: 4x4 convolutions with stride 2, batch norm,
/// leaky ReLU; a score for each patch. Parameter names are those of its <c>main</c> sequence.
/// </summary>
public sealed class PatchDiscriminator : Module
{
    private const float Slope = 0.2f;

    private readonly List<Func<Tensor, bool, Tensor>> layers = [];

    /// <param name="inputChannels">Channels of the image.</param>
    /// <param name="width">Channels of the first layer; they double up to eight times that.</param>
    /// <param name="depth">Layers that halve the image.</param>
    public PatchDiscriminator(int inputChannels = 3, int width = 64, int depth = 3)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        var index = 0;
        AddConvolution(ref index, inputChannels, width, 2, hasBias: true);
        AddLeakyRelu(ref index);
        var channels = width;
        for (var layer = 1; layer <= depth; layer++)
        {
            var next = width * Math.Min(1 << layer, 8);
            AddConvolution(ref index, channels, next, layer < depth ? 2 : 1, hasBias: false);
            channels = next;
            var norm = Add($"main.{index++}", new BatchNorm(channels));
            layers.Add(norm.Forward);
            AddLeakyRelu(ref index);
        }

        AddConvolution(ref index, channels, 1, 1, hasBias: true);
    }

    /// <param name="image">[batch, height, width, channels].</param>
    /// <param name="isTraining">Whether batch norm uses the statistics of this batch and updates its running ones.</param>
    /// <returns>[batch, patches down, patches across, 1].</returns>
    public Tensor Forward(Tensor image, bool isTraining)
    {
        ArgumentNullException.ThrowIfNull(image);
        return image.Session.Scoped(() => layers.Aggregate(image, (x, layer) => layer(x, isTraining)));
    }

    private void AddConvolution(ref int index, int from, int to, int stride, bool hasBias)
    {
        var convolution = Add($"main.{index++}", new Convolution2d(
            from,
            to,
            4,
            new ConvolutionOptions(stride, ConvolutionPadding.All(1)),
            hasBias,
            Initializer.Normal(0.02f),
            Initializer.FanIn(16 * from)));
        layers.Add((x, _) => convolution.Forward(x));
    }

    private void AddLeakyRelu(ref int index)
    {
        index++;
        layers.Add((x, _) => Elementwise.LeakyRelu(x, Slope));
    }
}
