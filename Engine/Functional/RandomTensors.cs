using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels.RandomNumbers;

namespace KernelDiff.Engine.Functional;

/// <summary>Tensors of random numbers, which follow from a key and an element's place alone. They have no gradient.</summary>
public static class RandomTensors
{
    /// <summary>Unit normal values.</summary>
    /// <param name="session">Where the tensor lives.</param>
    /// <param name="shape">[images, ...]; image i is image <see cref="RandomKey.FirstImage"/> + i of the key.</param>
    /// <param name="key">Seed, stream, step and first image.</param>
    public static Tensor Normal(Session session, TensorShape shape, RandomKey key)
    {
        ArgumentNullException.ThrowIfNull(session);
        var values = session.Empty(shape);
        RandomNumbersOperations.Normal.Launch(session.Device, new RandomArguments
        {
            Output = values.Single,
            Images = shape[0],
            Elements = shape.ElementsAfter(0),
            Key = key,
        });
        return values;
    }
}
