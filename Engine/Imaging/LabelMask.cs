namespace KernelDiff.Engine.Imaging;

/// <summary>A picture of class indices, [height, width] bytes.</summary>
/// <param name="Width">Pixels in a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Labels">The class of every pixel, rows from the top.</param>
public sealed record LabelMask(int Width, int Height, byte[] Labels)
{
    /// <summary>A mask of class 0.</summary>
    public LabelMask(int width, int height)
        : this(width, height, new byte[width * height])
    {
    }
}
