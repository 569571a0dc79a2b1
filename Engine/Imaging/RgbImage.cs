namespace KernelDiff.Engine.Imaging;

/// <summary>A picture in memory, [height, width, 3] bytes.</summary>
/// <param name="Width">Pixels in a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Pixels">Red, green and blue of every pixel, rows from the top.</param>
public sealed record RgbImage(int Width, int Height, byte[] Pixels)
{
    /// <summary>A black picture.</summary>
    public RgbImage(int width, int height)
        : this(width, height, new byte[3 * width * height])
    {
    }
}
