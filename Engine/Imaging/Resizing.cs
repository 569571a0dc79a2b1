namespace KernelDiff.Engine.Imaging;

/// <summary>
/// Images and masks at other sizes. Images shrink by area, which keeps means and shows no moiré, and grow linearly between pixel centres.
/// Masks hold classes, which have no mean: they shrink to the class that covers most of a pixel and grow to the nearest one.
/// </summary>
public static class Resizing
{
    /// <summary>The largest square in the middle, at another size.</summary>
    public static RgbImage ToSquare(RgbImage image, int size)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        var edge = Math.Min(image.Width, image.Height);
        return Resize(image, (image.Width - edge) / 2, (image.Height - edge) / 2, edge, edge, size, size);
    }

    /// <summary>The largest square in the middle, at another size.</summary>
    public static LabelMask ToSquare(LabelMask mask, int size)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        var edge = Math.Min(mask.Width, mask.Height);
        return Resize(mask, (mask.Width - edge) / 2, (mask.Height - edge) / 2, edge, edge, size, size);
    }

    /// <summary>The whole image at another size.</summary>
    public static RgbImage Resize(RgbImage image, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Resize(image, 0, 0, image.Width, image.Height, width, height);
    }

    /// <summary>The whole mask at another size.</summary>
    public static LabelMask Resize(LabelMask mask, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(mask);
        return Resize(mask, 0, 0, mask.Width, mask.Height, width, height);
    }

    private static RgbImage Resize(RgbImage image, int left, int top, int sourceWidth, int sourceHeight, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        var (columns, rows) = (AxisWeights.Of(sourceWidth, width), AxisWeights.Of(sourceHeight, height));
        var narrow = new float[sourceHeight * width * 3];
        for (var y = 0; y < sourceHeight; y++)
        {
            var source = image.Pixels.AsSpan(3 * (((top + y) * image.Width) + left), 3 * sourceWidth);
            for (var x = 0; x < width; x++)
            {
                var (first, weights) = columns[x];
                float red = 0, green = 0, blue = 0;
                for (var i = 0; i < weights.Length; i++)
                {
                    var pixel = source.Slice(3 * (first + i), 3);
                    red += weights[i] * pixel[0];
                    green += weights[i] * pixel[1];
                    blue += weights[i] * pixel[2];
                }

                var target = narrow.AsSpan(3 * ((y * width) + x), 3);
                (target[0], target[1], target[2]) = (red, green, blue);
            }
        }

        var result = new RgbImage(width, height);
        var sums = new float[3 * width];
        for (var y = 0; y < height; y++)
        {
            var (first, weights) = rows[y];
            Array.Clear(sums);
            for (var i = 0; i < weights.Length; i++)
            {
                var source = narrow.AsSpan((first + i) * sums.Length, sums.Length);
                for (var x = 0; x < sums.Length; x++)
                {
                    sums[x] += weights[i] * source[x];
                }
            }

            for (var x = 0; x < sums.Length; x++)
            {
                result.Pixels[(y * sums.Length) + x] = (byte)Math.Clamp(sums[x] + 0.5f, 0, 255);
            }
        }

        return result;
    }

    private static LabelMask Resize(LabelMask mask, int left, int top, int sourceWidth, int sourceHeight, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        var (columns, rows) = (AxisWeights.Of(sourceWidth, width), AxisWeights.Of(sourceHeight, height));
        var result = new LabelMask(width, height);
        Span<float> areas = stackalloc float[256];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (firstColumn, columnWeights) = columns[x];
                var (firstRow, rowWeights) = rows[y];
                areas.Clear();
                for (var j = 0; j < rowWeights.Length; j++)
                {
                    var source = mask.Labels.AsSpan(((top + firstRow + j) * mask.Width) + left + firstColumn, columnWeights.Length);
                    for (var i = 0; i < source.Length; i++)
                    {
                        areas[source[i]] += rowWeights[j] * columnWeights[i];
                    }
                }

                result.Labels[(y * width) + x] = Largest(areas);
            }
        }

        return result;
    }

    /// <summary>The index of the largest value; of equal ones the first.</summary>
    private static byte Largest(ReadOnlySpan<float> areas)
    {
        var largest = 0;
        for (var i = 1; i < areas.Length; i++)
        {
            // Sums of the same shares in another order may differ in the last bits.
            largest = areas[i] > areas[largest] + 1e-5f ? i : largest;
        }

        return (byte)largest;
    }
}
