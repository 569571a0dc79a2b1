using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Modules;

/// <summary>A transposed 2 x 2 convolution with stride 2, which doubles height and width.</summary>
public sealed class TransposedConvolution2d : Module
{
    private const int Kernel = 2;

    private readonly ParameterSlot weight;
    private readonly ParameterSlot? bias;

    /// <param name="inputChannels">Channels of the input.</param>
    /// <param name="outputChannels">Channels of the output.</param>
    /// <param name="hasBias">Whether a bias per channel is added.</param>
    public TransposedConvolution2d(int inputChannels, int outputChannels, bool hasBias = true)
    {
        // PyTorch takes the second size of the weights for the fan in, which here is the outputs'.
        var initializer = Initializer.FanIn(outputChannels * Kernel * Kernel);
        weight = Declare(new ParameterSpecification
        {
            Name = "weight",
            Shape = new TensorShape(Kernel, Kernel, inputChannels, outputChannels),
            FileShape = new TensorShape(inputChannels, outputChannels, Kernel, Kernel),
            Layout = ParameterLayout.TransposedConvolution,
            Initializer = initializer,
        });
        bias = hasBias ? Declare(ParameterSpecification.Plain("bias", new TensorShape(outputChannels), initializer)) : null;
    }

    /// <param name="input">[batch, height, width, input channels].</param>
    /// <returns>[batch, 2 height, 2 width, output channels].</returns>
    public Tensor Forward(Tensor input) => Convolutions.TransposedConvolution(input, weight.Value, bias?.Value);
}
