using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Modules;

/// <summary>A convolution of [batch, height, width, channels].</summary>
public sealed class Convolution2d : Module
{
    private readonly ParameterSlot weight;
    private readonly ParameterSlot? bias;
    private readonly ConvolutionOptions options;

    /// <param name="inputChannels">Channels of the input.</param>
    /// <param name="outputChannels">Channels of the output.</param>
    /// <param name="kernel">Rows and columns of the kernel.</param>
    /// <param name="options">Stride, padding, up-sampling.</param>
    /// <param name="hasBias">Whether a bias per channel is added.</param>
    /// <param name="initializer">Of weights and bias; null for PyTorch's default.</param>
    /// <param name="biasInitializer">Of the bias, where it starts otherwise than the weights.</param>
    public Convolution2d(
        int inputChannels,
        int outputChannels,
        int kernel,
        ConvolutionOptions options,
        bool hasBias = true,
        Initializer? initializer = null,
        Initializer? biasInitializer = null)
    {
        this.options = options;
        var start = initializer ?? Initializer.FanIn(inputChannels * kernel * kernel);
        weight = Declare(new ParameterSpecification
        {
            Name = "weight",
            Shape = new TensorShape(kernel, kernel, inputChannels, outputChannels),
            FileShape = new TensorShape(outputChannels, inputChannels, kernel, kernel),
            Layout = ParameterLayout.Convolution,
            Initializer = start,
        });
        bias = hasBias ? Declare(ParameterSpecification.Plain("bias", new TensorShape(outputChannels), biasInitializer ?? start)) : null;
    }

    public Parameter Weight => weight.Value;

    /// <summary>As <see cref="Forward"/>, with other weights in the place of its own.</summary>
    /// <param name="input">[batch, height, width, input channels].</param>
    /// <param name="weights">Of the shape of <see cref="Weight"/>.</param>
    public Tensor ForwardWith(Tensor input, Tensor weights) => Convolutions.Convolution(input, weights, bias?.Value, options);

    /// <param name="input">[batch, height, width, input channels].</param>
    /// <param name="imageBias">[batch, output channels], or null.</param>
    /// <param name="residual">The output's shape, added to the result, or null.</param>
    public Tensor Forward(Tensor input, Tensor? imageBias = null, Tensor? residual = null) =>
        Convolutions.Convolution(input, weight.Value, bias?.Value, options, imageBias, residual);
}
