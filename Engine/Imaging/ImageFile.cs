using System.Globalization;
using KernelDiff.Engine.Files;
using SkiaSharp;

namespace KernelDiff.Engine.Imaging;

/// <summary>Image files in colour. The one place that knows the image library's codecs.</summary>
public static class ImageFile
{
    private const string DamagedAdvice = "The file is damaged: save or download it again.";

    private static ReadOnlySpan<byte> JpegSignature => [0xFF, 0xD8, 0xFF];

    /// <summary>Reads a PNG or JPEG file. What is transparent becomes white.</summary>
    /// <exception cref="DataFileException">The file cannot be read, is of another format, too large, or damaged.</exception>
    public static RgbImage Read(string path)
    {
        var content = ImageLimits.ReadAllBytes(path);
        var isPng = content.AsSpan().StartsWith(PngFile.Signature);
        if (!isPng && !content.AsSpan().StartsWith(JpegSignature))
        {
            throw new DataFileException(path, "this is neither a PNG nor a JPEG file", "Save it as one of them.");
        }

        if (isPng)
        {
            // The library accepts wrong checksums.
            _ = PngFile.Read(path, content);
        }

        using var data = SKData.CreateCopy(content);
        using var codec = SKCodec.Create(data) ?? throw new DataFileException(path, "its header cannot be decoded", DamagedAdvice);
        ImageLimits.Check(path, codec.Info.Width, codec.Info.Height);
        var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Premul);
        using var bitmap = new SKBitmap();
        if (!bitmap.TryAllocPixels(info))
        {
            throw new DataFileException(
                path, string.Create(CultureInfo.InvariantCulture, $"there is no memory for {info.Width} x {info.Height} pixels"), "Shrink it.");
        }

        var result = codec.GetPixels(info, bitmap.GetPixels());
        return result == SKCodecResult.Success
            ? OverWhite(info, bitmap.GetPixelSpan())
            : throw new DataFileException(path, $"its pixels cannot be decoded ({result})", DamagedAdvice);
    }

    /// <summary>Writes a PNG. The file appears complete or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="image">The picture.</param>
    /// <param name="text">Keywords (1 to 79 printable ASCII characters) and texts that <see cref="PngText.Read"/> finds again.</param>
    /// <exception cref="IOException">The file cannot be written; the message names it.</exception>
    public static void SavePng(string path, RgbImage image, IReadOnlyDictionary<string, string>? text = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(image);
        using var bitmap = SkiaImages.ToBitmap(image);
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100)
            ?? throw new IOException($"'{path}' cannot be written: the PNG encoder failed.");
        AtomicFile.WriteAllBytes(path, text is null ? data.AsSpan() : PngWriter.WithText(data.AsSpan(), text));
    }

    /// <summary>The bytes of a JPEG file with full resolution in colour.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="quality">1 to 100.</param>
    public static byte[] EncodeJpeg(RgbImage image, int quality = 95)
    {
        ArgumentNullException.ThrowIfNull(image);
        using var bitmap = SkiaImages.ToBitmap(image);
        using var pixels = bitmap.PeekPixels();
        using var data = pixels.Encode(
            new SKJpegEncoderOptions(quality, SKJpegEncoderDownsample.Downsample444, SKJpegEncoderAlphaOption.Ignore))
            ?? throw new InvalidOperationException("The JPEG encoder failed.");
        return data.ToArray();
    }

    private static RgbImage OverWhite(SKImageInfo info, ReadOnlySpan<byte> source)
    {
        var image = new RgbImage(info.Width, info.Height);
        for (var i = 0; i < info.Width * info.Height; i++)
        {
            var pixel = source.Slice(4 * i, 4);
            var white = 255 - pixel[3];
            image.Pixels[3 * i] = (byte)Math.Min(255, pixel[0] + white);
            image.Pixels[(3 * i) + 1] = (byte)Math.Min(255, pixel[1] + white);
            image.Pixels[(3 * i) + 2] = (byte)Math.Min(255, pixel[2] + white);
        }

        return image;
    }
}
