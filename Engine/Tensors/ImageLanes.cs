using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Engine.Tensors;

/// <summary>
/// Runs a part of a network image by image, several images side by side, each from the first operation to the last on one core. Then
/// what an operation writes is still in that core's cache when the next one reads it.
/// </summary>
/// <remarks>Only for parts in which no image depends on another one; results have the same bits as those of the whole batch.</remarks>
internal static class ImageLanes
{
    // What an operation of an image writes, beside the weights, in the second-level cache of 1 to 2 MB that a core has of its own.
    private const long CachedBytes = 5L << 18;

    // An image of fewer rows leaves the products too little to do with the weights that each of them reads.
    private const int FewestRows = 128;

    /// <summary>Whether this is faster than all threads sharing each operation on the whole batch.</summary>
    /// <param name="x">[batch, ...]: what the part reads.</param>
    /// <param name="rows">Rows of an image that the part multiplies with weights.</param>
    /// <param name="widest">Channels of the widest result in it.</param>
    public static bool Pays(Tensor x, int rows, int widest)
    {
        if (x.Session.IsRecording || x.Device is not CpuDevice { Lanes: { } lanes })
        {
            return false;
        }

        var images = x.Shape[0];
        var rounds = (images + lanes.Count - 1) / lanes.Count;
        var isBalanced = images > 1 && 4 * images >= 3 * lanes.Count * rounds;
        return isBalanced && rows >= FewestRows && sizeof(float) * (long)rows * widest <= CachedBytes;
    }

    /// <summary>Runs a part whose result has the shape of what it reads.</summary>
    /// <param name="x">[batch, ...].</param>
    /// <param name="context">[batch, ...], or null.</param>
    /// <param name="part">Computes the result of one image from its <paramref name="x"/> and <paramref name="context"/>.</param>
    public static Tensor Run(Tensor x, Tensor? context, Func<Tensor, Tensor?, Tensor> part)
    {
        var output = x.Session.Empty(x.Shape);
        var length = x.Shape.Elements / x.Shape[0];
        ((CpuDevice)x.Device).Lanes!.For(x.Shape[0], (device, image) =>
        {
            var lane = x.Session.OfLane(device);
            using var scope = lane.BeginScope();
            var result = part(x.ForLane(lane, image), context?.ForLane(lane, image));
            output.Single.Slice(image * length, length).CopyFrom(result.Single);
        });
        return output;
    }
}
