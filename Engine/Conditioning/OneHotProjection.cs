using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Conditioning;

/// <summary>A linear layer over one-hot values, which starts with results of unit variance.</summary>
internal sealed class OneHotProjection : Module
{
    private readonly ParameterSlot weight;

    /// <param name="inputs">Number of one-hot values.</param>
    /// <param name="ones">How many of them are 1 in a typical row.</param>
    /// <param name="outputs">Channels of the result.</param>
    public OneHotProjection(int inputs, double ones, int outputs)
    {
        weight = Declare(new ParameterSpecification
        {
            Name = "weight",
            Shape = new TensorShape(inputs, outputs),
            FileShape = new TensorShape(outputs, inputs),
            Layout = ParameterLayout.Linear,
            Initializer = Initializer.Normal((float)(1 / Math.Sqrt(ones))),
        });
    }

    /// <param name="input">[..., inputs].</param>
    public Tensor Forward(Tensor input) => Products.Linear(input, weight.Value, null);
}
