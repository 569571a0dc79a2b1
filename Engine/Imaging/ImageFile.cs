using SkiaSharp;

namespace KernelDiff.Engine.Imaging;

/// <summary>The one place that knows the image library.</summary>
public static class ImageFile
{
    /// <summary>Writes a PNG. The file appears complete or not at all.</summary>
    /// <exception cref="IOException">The file cannot be written; the message names it.</exception>
    public static void SavePng(string path, RgbImage picture)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(picture);
        using var bitmap = new SKBitmap(new SKImageInfo(picture.Width, picture.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var target = bitmap.GetPixelSpan();
        for (var i = 0; i < picture.Width * picture.Height; i++)
        {
            picture.Pixels.AsSpan(3 * i, 3).CopyTo(target[(4 * i)..]);
            target[(4 * i) + 3] = 255;
        }

        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100)
            ?? throw new IOException($"'{path}' cannot be written: the PNG encoder failed.");
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                data.SaveTo(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException($"'{path}' cannot be written: {exception.Message}", exception);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
