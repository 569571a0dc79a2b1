using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Modules;

/// <summary>input · weight + bias over the last dimension.</summary>
public sealed class Linear : Module
{
    private readonly ParameterSlot weight;
    private readonly ParameterSlot? bias;

    /// <param name="inputChannels">Size of the last dimension of the input.</param>
    /// <param name="outputChannels">Size of the last dimension of the output.</param>
    /// <param name="options">Null for PyTorch's defaults.</param>
    public Linear(int inputChannels, int outputChannels, LinearOptions? options = null)
    {
        options ??= new LinearOptions();
        weight = Declare(new ParameterSpecification
        {
            Name = "weight",
            Shape = new TensorShape(inputChannels, outputChannels),
            FileShape = options.FileRank switch
            {
                2 => new TensorShape(outputChannels, inputChannels),
                3 => new TensorShape(outputChannels, inputChannels, 1),
                _ => new TensorShape(outputChannels, inputChannels, 1, 1),
            },
            Layout = ParameterLayout.Linear,
            Initializer = options.IsZero ? Initializer.Zero : Initializer.FanIn(inputChannels),
        });
        if (options.HasBias)
        {
            bias = Declare(ParameterSpecification.Plain(
                "bias", new TensorShape(outputChannels), options.IsZero ? Initializer.Zero : Initializer.FanIn(inputChannels)));
        }
    }

    /// <param name="input">[..., input channels].</param>
    /// <param name="residual">[..., output channels], added to the result, or null.</param>
    public Tensor Forward(Tensor input, Tensor? residual = null) => Products.Linear(input, weight.Value, bias?.Value, residual);
}

/// <summary>Variations of a linear layer.</summary>
public sealed record LinearOptions
{
    public bool HasBias { get; init; } = true;

    /// <summary>Whether weights and bias start at zero.</summary>
    public bool IsZero { get; init; }

    /// <summary>Dimensions of the weights in files: 2, 3 for a 1x1 convolution over tokens, 4 for one over pixels.</summary>
    public int FileRank { get; init; } = 2;
}
