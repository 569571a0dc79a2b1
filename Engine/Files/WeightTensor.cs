using System.Collections.Immutable;

namespace KernelDiff.Engine.Files;

/// <summary>One tensor of a <see cref="WeightFile"/>: what it is, not its values.</summary>
public sealed class WeightTensor
{
    internal WeightTensor(string name, ElementType type, ImmutableArray<int> shape, int elementCount, ElementRegion region)
    {
        Name = name;
        Type = type;
        Shape = shape;
        ElementCount = elementCount;
        Region = region;
    }

    /// <summary>
    /// The tensor's place in the file. In a safetensors file this is the tensor's name; in a torch file it is the path of dictionary keys
    /// and list positions that leads to the tensor, joined by slashes: <c>state_dict/model.diffusion_model.out.2.bias</c>,
    /// <c>optimizer_states/0/state/0/exp_avg</c>. <see cref="WeightFile.StateDict"/> has the names without the path.
    /// </summary>
    public string Name { get; }

    /// <summary>Type of the stored elements.</summary>
    public ElementType Type { get; }

    /// <summary>Dimensions in the file's order, outermost first; empty for a scalar.</summary>
    public ImmutableArray<int> Shape { get; }

    /// <summary>Product of the dimensions: 1 for a scalar, 0 where a dimension is 0.</summary>
    public int ElementCount { get; }

    /// <summary>Bytes that the elements take in their own type.</summary>
    public long ByteSize => (long)ElementCount * Type.Size();

    internal ElementRegion Region { get; }

    /// <summary>The dimensions as Python prints them: <c>[224, 3, 3, 3]</c>.</summary>
    public string ShapeText => $"[{string.Join(", ", Shape)}]";
}
