using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels.Convolution;
using KernelDiff.Kernels.Resampling;

namespace KernelDiff.Engine.Recognition;

/// <summary>The network that a <see cref="LayerList"/> describes. An output lives until the last layer that takes it has run.</summary>
public sealed class LayerNetwork : Module
{
    private const float LeakySlope = 0.01f;
    private const float GroupNormEpsilon = 1e-5f;

    private readonly List<Step> steps = [];

    /// <param name="list">Is validated.</param>
    /// <exception cref="ArgumentException">Layers do not fit together.</exception>
    public LayerNetwork(LayerList list)
    {
        ArgumentNullException.ThrowIfNull(list);
        list.Validate();
        Layers = list;
        var plan = list.Plan();
        var lastUses = new Dictionary<int, int>();
        foreach (var (layer, inputs, _) in plan)
        {
            var channels = inputs[0] < 0 ? 3 : plan[inputs[0]].Shape.Channels;
            foreach (var input in inputs)
            {
                lastUses[input] = steps.Count;
            }

            steps.Add(new Step(inputs, Build(layer, channels)));
        }

        foreach (var (output, step) in lastUses)
        {
            steps[step].Ending.Add(output);
        }
    }

    public LayerList Layers { get; }

    /// <param name="input">[batch, input size, input size, 3], normalised as the list says.</param>
    /// <param name="isTraining">Whether batch norms use the statistics of this batch.</param>
    /// <returns>[batch, height, width, classes] of a parser, [batch, attributes] of a classifier.</returns>
    public Tensor Forward(Tensor input, bool isTraining = false)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.Session.Scoped(() =>
        {
            var outputs = new Tensor[steps.Count];
            for (var i = 0; i < steps.Count; i++)
            {
                outputs[i] = steps[i].Run([.. steps[i].Inputs.Select(Output)], isTraining);
                input.Session.Release([.. steps[i].Ending.Where(place => place >= 0).Select(Output)]);
            }

            return outputs[^1];

            Tensor Output(int place) => place < 0 ? input : outputs[place];
        });
    }

    private Func<Tensor[], bool, Tensor> Build(LayerDescription layer, int channels)
    {
        var window = new PoolingWindow(layer.Kernel, layer.Stride, layer.Padding);
        switch (layer.Kind)
        {
            case LayerKind.Convolution:
                var options = new ConvolutionOptions(layer.Stride, ConvolutionPadding.All(layer.Padding));
                var convolution = Add(layer.Name!, new Convolution2d(
                    channels,
                    layer.Channels,
                    layer.Kernel,
                    options,
                    layer.HasBias,
                    Initializer.Normal(MathF.Sqrt(2f / (channels * layer.Kernel * layer.Kernel))),
                    Initializer.Zero));
                return (x, _) => convolution.Forward(x[0]);
            case LayerKind.TransposedConvolution:
                var transposed = Add(layer.Name!, new TransposedConvolution2d(channels, layer.Channels, layer.HasBias));
                return (x, _) => transposed.Forward(x[0]);
            case LayerKind.Linear:
                var linear = Add(layer.Name!, new Linear(channels, layer.Channels, new LinearOptions { HasBias = layer.HasBias }));
                return (x, _) => linear.Forward(x[0]);
            case LayerKind.BatchNorm:
                var batchNorm = Add(layer.Name!, new BatchNorm(channels));
                return (x, isTraining) => batchNorm.Forward(x[0], isTraining);
            case LayerKind.GroupNorm:
                var groupNorm = Add(layer.Name!, new GroupNorm(channels, layer.Groups, GroupNormEpsilon));
                return (x, _) => groupNorm.Forward(x[0]);
            case LayerKind.Relu:
                return (x, _) => Elementwise.Relu(x[0]);
            case LayerKind.LeakyRelu:
                return (x, _) => Elementwise.LeakyRelu(x[0], LeakySlope);
            case LayerKind.Silu:
                return (x, _) => Elementwise.Silu(x[0]);
            case LayerKind.Sigmoid:
                return (x, _) => Elementwise.Sigmoid(x[0]);
            case LayerKind.MaximumPool:
                return (x, _) => Resamplings.MaxPool(x[0], window);
            case LayerKind.AveragePool:
                return (x, _) => Resamplings.AveragePool(x[0], window);
            case LayerKind.UpsampleNearest:
                return (x, _) => Resamplings.Resize(x[0], 2 * x[0].Shape[1], 2 * x[0].Shape[2], ResizeMode.Nearest);
            case LayerKind.UpsampleBilinear:
                return (x, _) => Resamplings.Resize(x[0], 2 * x[0].Shape[1], 2 * x[0].Shape[2], ResizeMode.Bilinear);
            case LayerKind.Concat:
                return (x, _) => Structure.Concat(3, x);
            case LayerKind.Add:
                return (x, _) => Arithmetic.Add(x[0], x[1]);
            default:
                return (x, _) => Reductions.Mean(x[0], 1, 2);
        }
    }

    /// <param name="Inputs">Places of the outputs that it takes.</param>
    /// <param name="Run">The layer, told whether it is trained.</param>
    private sealed record Step(int[] Inputs, Func<Tensor[], bool, Tensor> Run)
    {
        /// <summary>Places of the outputs that nothing takes after it.</summary>
        public List<int> Ending { get; } = [];
    }
}
