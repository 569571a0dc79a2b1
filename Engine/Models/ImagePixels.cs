using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels.Imaging;

namespace KernelDiff.Engine.Models;

/// <summary>Between 8-bit pixels on the host and the images that networks see.</summary>
public static class ImagePixels
{
    /// <summary>[0, 255] to [-1, 1].</summary>
    /// <param name="session">Where the tensor lives.</param>
    /// <param name="pixels">[batch][height][width][3].</param>
    /// <param name="batch">Images.</param>
    /// <param name="size">Edge of the square images.</param>
    /// <returns>[batch, size, size, 3].</returns>
    public static Tensor ToTensor(Session session, ReadOnlySpan<byte> pixels, int batch, int size)
    {
        ArgumentNullException.ThrowIfNull(session);
        var shape = new TensorShape(batch, size, size, 3);
        var output = session.Empty(shape);
        ImagingOperations.BytesToFloat.Launch(session.Device, new BytesToFloatArguments
        {
            Input = session.FromValues(pixels, shape).UInt8,
            Output = output.Single,
        });
        return output;
    }

    /// <summary>The pictures of a batch.</summary>
    /// <param name="pixels">[count][size][size][3].</param>
    /// <param name="count">Pictures.</param>
    /// <param name="size">Edge of the square pictures.</param>
    public static RgbImage[] Split(byte[] pixels, int count, int size)
    {
        var values = size * size * 3;
        return [.. Enumerable.Range(0, count).Select(image => new RgbImage(size, size, pixels.AsSpan(image * values, values).ToArray()))];
    }

    /// <summary>[-1, 1] to [0, 255], clamped and rounded; waits for the device.</summary>
    /// <param name="images">[batch, height, width, 3].</param>
    /// <returns>[batch][height][width][3].</returns>
    public static byte[] FromTensor(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        using var scope = images.Session.BeginWithoutGradient();
        var bytes = images.Session.Empty<byte>(images.Shape);
        ImagingOperations.FloatToBytes.Launch(images.Device, new FloatToBytesArguments { Input = images.Single, Output = bytes.UInt8 });
        return bytes.UInt8.ToArray();
    }
}
