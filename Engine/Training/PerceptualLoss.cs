using KernelDiff.Engine.Files;
using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Networks;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels.Convolution;
using KernelDiff.Kernels.Resampling;

namespace KernelDiff.Engine.Training;

/// <summary>
/// Learned perceptual image patch similarity (LPIPS; Zhang et al., 2018) on VGG-16: squared distances of normalised features at five
/// depths, weighted by channel, mean over pixels.
/// </summary>
public sealed class PerceptualLoss : IDisposable
{
    /// <summary>Keeps the norm of features that are all zero from having an infinite gradient.</summary>
    private const float NormEpsilon = 1e-20f;

    private static readonly float[] Shift = [-0.030f, -0.088f, -0.188f];
    private static readonly float[] Deviation = [0.458f, 0.448f, 0.450f];

    private readonly Session session;
    private readonly VggFeatures network;
    private readonly ParameterArena arena;
    private readonly float[][]? channelWeights;

    /// <param name="session">Where the network lives.</param>
    /// <param name="vggPath">VGG-16's state dict with torchvision's names, <c>features.0.weight</c> and so on.</param>
    /// <param name="linearPath">LPIPS's channel weights for VGG, <c>lin0.model.1.weight</c> and so on; null to weigh all channels alike.</param>
    /// <exception cref="WeightFileException">A file cannot be read, or is of another network.</exception>
    public PerceptualLoss(Session session, string vggPath, string? linearPath = null)
    {
        ArgumentNullException.ThrowIfNull(session);
        this.session = session;
        network = new VggFeatures();
        using var file = WeightFile.Open(vggPath);
        channelWeights = linearPath is null ? null : ReadChannelWeights(linearPath);
        arena = network.Materialize(session, withGradients: false);
        try
        {
            arena.LoadAll(file);
        }
        catch
        {
            arena.Dispose();
            throw;
        }
    }

    /// <summary>The distance, mean over the batch: a scalar.</summary>
    /// <param name="image">[batch, height, width, 3] in [-1, 1], edges at least 16.</param>
    /// <param name="truth">The same shape.</param>
    public Tensor Forward(Tensor image, Tensor truth)
    {
        ArgumentNullException.ThrowIfNull(image);
        return session.Scoped(() =>
        {
            var (shown, wanted) = (network.Forward(Normalise(image)), network.Forward(Normalise(truth)));
            Tensor? sum = null;
            for (var depth = 0; depth < shown.Count; depth++)
            {
                var difference = Elementwise.Square(Arithmetic.Subtract(UnitLength(shown[depth]), UnitLength(wanted[depth])));
                if (channelWeights is not null)
                {
                    difference = Arithmetic.Multiply(difference, Vector(channelWeights[depth]));
                }

                // The sum over channels, the mean over pixels and batch.
                var distance = Elementwise.Affine(Reductions.Mean(difference), difference.Shape[3]);
                sum = sum is null ? distance : Arithmetic.Add(sum, distance);
            }

            return sum!;
        });
    }

    public void Dispose() => arena.Dispose();

    private Tensor Normalise(Tensor image) => Arithmetic.Divide(Arithmetic.Subtract(image, Vector(Shift)), Vector(Deviation));

    private static Tensor UnitLength(Tensor features)
    {
        var squares = Reductions.Sum(Elementwise.Square(features), 3);
        var norm = Elementwise.Sqrt(Elementwise.Affine(squares, 1, NormEpsilon));
        var shape = features.Shape;
        return Arithmetic.Divide(features, Structure.Reshape(norm, shape[0], shape[1], shape[2], 1));
    }

    private Tensor Vector(float[] values) => session.FromValues<float>(values, new Tensors.TensorShape(values.Length));

    private static float[][] ReadChannelWeights(string path)
    {
        using var file = WeightFile.Open(path);
        return [.. VggFeatures.Widths.Select((width, depth) =>
        {
            var tensor = file.Find($"lin{depth}.model.1.weight");
            return tensor.ElementCount == width
                ? file.ReadSingle(tensor)
                : throw new WeightFileException(
                    path, $"the tensor '{tensor.Name}' has shape {tensor.ShapeText}, VGG needs [1, {width}, 1, 1]", "Give the weights for VGG.");
        })];
    }

    /// <summary>The convolutions of VGG-16, seen after the second, fourth, seventh, tenth and thirteenth.</summary>
    private sealed class VggFeatures : Module
    {
        /// <summary>Channels at each depth.</summary>
        public static readonly int[] Widths = [64, 128, 256, 512, 512];

        private static readonly int[] Counts = [2, 2, 3, 3, 3];

        private readonly Convolution2d[][] blocks;

        public VggFeatures()
        {
            var (index, from) = (0, 3);
            blocks = new Convolution2d[Widths.Length][];
            for (var block = 0; block < blocks.Length; block++)
            {
                blocks[block] = new Convolution2d[Counts[block]];
                for (var i = 0; i < Counts[block]; i++)
                {
                    blocks[block][i] = Add(
                        $"features.{index}",
                        new Convolution2d(from, Widths[block], 3, new ConvolutionOptions(1, ConvolutionPadding.All(1))));
                    from = Widths[block];

                    // A ReLU follows.
                    index += 2;
                }

                // A pooling follows.
                index++;
            }
        }

        public List<Tensor> Forward(Tensor image)
        {
            var features = new List<Tensor>(blocks.Length);
            var hidden = image;
            foreach (var block in blocks)
            {
                if (features.Count > 0)
                {
                    hidden = Resamplings.MaxPool(hidden, new PoolingWindow(2, 2));
                }

                hidden = block.Aggregate(hidden, (x, convolution) => Elementwise.Relu(convolution.Forward(x)));
                features.Add(hidden);
            }

            return features;
        }
    }
}
