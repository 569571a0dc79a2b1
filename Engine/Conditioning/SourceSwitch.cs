using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Conditioning;

/// <summary>Puts a learned null in the place of what images without a source would have.</summary>
internal sealed class SourceSwitch : Module
{
    private readonly ParameterSlot absent;

    /// <param name="shape">Of one image's value.</param>
    /// <param name="deviation">Of the null's first values.</param>
    public SourceSwitch(TensorShape shape, float deviation = 1)
    {
        absent = Declare(ParameterSpecification.Plain("null", shape, Initializer.Normal(deviation)));
    }

    /// <param name="value">[batch, ...].</param>
    /// <param name="present">[batch].</param>
    public Tensor Forward(Tensor value, ReadOnlySpan<bool> present)
    {
        var isPresent = new float[present.Length];
        for (var i = 0; i < isPresent.Length; i++)
        {
            isPresent[i] = present[i] ? 1 : 0;
        }

        var sizes = new int[value.Shape.Rank];
        sizes.AsSpan().Fill(1);
        sizes[0] = isPresent.Length;
        return Arithmetic.Where(value.Session.FromValues<float>(isPresent, new TensorShape(sizes)), value, absent.Value);
    }
}
