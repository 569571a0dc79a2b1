using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Functional;

/// <summary>The checks that tensor functions make before they allocate their result.</summary>
internal static class Operand
{
    /// <exception cref="ArgumentException">The tensor has another number of dimensions.</exception>
    public static void RequireRank(Tensor tensor, int rank, string name)
    {
        ArgumentNullException.ThrowIfNull(tensor, name);
        if (tensor.Shape.Rank != rank)
        {
            throw new ArgumentException($"'{name}' has shape {tensor.Shape}; {rank} dimensions are expected.", name);
        }
    }

    /// <exception cref="ArgumentException">The tensor is there and has another shape.</exception>
    public static void RequireShape(Tensor? tensor, TensorShape shape, string name)
    {
        if (tensor is not null && tensor.Shape != shape)
        {
            throw new ArgumentException($"'{name}' has shape {tensor.Shape}; {shape} is expected.", name);
        }
    }
}
