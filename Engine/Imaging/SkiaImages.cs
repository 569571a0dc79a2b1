using SkiaSharp;

namespace KernelDiff.Engine.Imaging;

/// <summary>Pictures to and from the image library.</summary>
internal static class SkiaImages
{
    public static SKBitmap ToBitmap(RgbImage image)
    {
        var bitmap = new SKBitmap(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var target = bitmap.GetPixelSpan();
        for (var i = 0; i < image.Width * image.Height; i++)
        {
            image.Pixels.AsSpan(3 * i, 3).CopyTo(target[(4 * i)..]);
            target[(4 * i) + 3] = 255;
        }

        return bitmap;
    }

    /// <summary>The colours of an opaque bitmap of four bytes per pixel.</summary>
    public static RgbImage ToImage(SKBitmap bitmap)
    {
        var image = new RgbImage(bitmap.Width, bitmap.Height);
        var source = bitmap.GetPixelSpan();
        for (var i = 0; i < image.Width * image.Height; i++)
        {
            source.Slice(4 * i, 3).CopyTo(image.Pixels.AsSpan(3 * i));
        }

        return image;
    }
}
