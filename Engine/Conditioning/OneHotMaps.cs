using KernelDiff.Engine.Data;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels.Imaging;

namespace KernelDiff.Engine.Conditioning;

/// <summary>Label maps as tensors with one channel per class.</summary>
internal static class OneHotMaps
{
    /// <summary>The map of each class: [batch, 19, pixels].</summary>
    public static Tensor ByClass(Session session, ConditionBatch conditions) =>
        Expand(session, conditions.Labels, conditions.Count, byClass: true);

    /// <summary>The classes of each pixel: [batch, size, size, 19].</summary>
    public static Tensor ByPixel(Session session, ConditionBatch conditions) => Functional.Structure.Reshape(
        Expand(session, conditions.Labels, conditions.Count, byClass: false),
        conditions.Count,
        conditions.MaskSize,
        conditions.MaskSize,
        FaceClasses.Count);

    /// <summary>The classes of each pixel, square by square: [batch, squares, patch · patch · 19].</summary>
    /// <param name="session">Where the tensor lives.</param>
    /// <param name="conditions">The maps.</param>
    /// <param name="patch">Edge of a square; divides the maps' edge.</param>
    public static Tensor ByPatch(Session session, ConditionBatch conditions, int patch)
    {
        var (size, grid) = (conditions.MaskSize, conditions.MaskSize / patch);
        var ordered = new byte[conditions.Labels.Length];
        var next = 0;
        for (var image = 0; image < conditions.Count; image++)
        {
            var map = conditions.Labels.Slice(image * size * size, size * size);
            for (var square = 0; square < grid * grid; square++)
            {
                for (var row = 0; row < patch; row++)
                {
                    map.Slice((((square / grid * patch) + row) * size) + (square % grid * patch), patch).CopyTo(ordered.AsSpan(next));
                    next += patch;
                }
            }
        }

        return Functional.Structure.Reshape(
            Expand(session, ordered, conditions.Count, byClass: false),
            conditions.Count,
            grid * grid,
            patch * patch * FaceClasses.Count);
    }

    private static Tensor Expand(Session session, ReadOnlySpan<byte> labels, int images, bool byClass)
    {
        var pixels = labels.Length / images;
        var shape = byClass
            ? new TensorShape(images, FaceClasses.Count, pixels)
            : new TensorShape(images, pixels, FaceClasses.Count);
        var output = session.Empty(shape);
        ImagingOperations.OneHot.Launch(session.Device, new OneHotArguments
        {
            Images = images,
            Pixels = pixels,
            Classes = FaceClasses.Count,
            ByteLabels = session.FromValues(labels, new TensorShape(images, pixels)).UInt8,
            Output = output.Single,
            ByClass = byClass,
        });
        return output;
    }
}
