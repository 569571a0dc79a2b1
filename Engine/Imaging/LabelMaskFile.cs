using System.Globalization;
using KernelDiff.Engine.Data;
using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Imaging;

/// <summary>
/// Masks of <see cref="FaceClasses"/> as PNG files. Grey and palette images hold the class as value. Colours hold it as three equal values
/// up to 18, or as the official palette's colour.
/// </summary>
public static class LabelMaskFile
{
    /// <summary>Reads a mask in which every pixel is one of the 19 classes.</summary>
    /// <exception cref="DataFileException">The file cannot be read, is no PNG, is damaged, or holds a value that is no class.</exception>
    public static LabelMask Read(string path)
    {
        var file = PngFile.Read(path);
        var samples = file.Decode();
        var mask = new LabelMask(file.Width, file.Height);
        switch (file.Color)
        {
            case PngColor.Rgb or PngColor.RgbAlpha:
                ReadColors(path, file, samples, mask);
                break;
            case PngColor.Palette when PaletteClasses(file, samples) is { } classes:
                for (var i = 0; i < samples.Length; i++)
                {
                    mask.Labels[i] = classes[samples[i]];
                }

                break;
            default:
                for (var i = 0; i < mask.Labels.Length; i++)
                {
                    var value = samples[i * file.Samples];
                    mask.Labels[i] = value < FaceClasses.Count ? value : throw Refused(path, i, file.Width, $"the value {value}");
                }

                break;
        }

        return mask;
    }

    /// <summary>Reads the file of a single part: whatever is not black belongs to it. Value 1 is the part, 0 is not.</summary>
    /// <exception cref="DataFileException">The file cannot be read, is no PNG or is damaged.</exception>
    public static LabelMask ReadPart(string path)
    {
        var file = PngFile.Read(path);
        var samples = file.Decode();
        var mask = new LabelMask(file.Width, file.Height);
        var colors = Math.Min(file.Samples, 3) - (file.Color == PngColor.GrayAlpha ? 1 : 0);
        for (var i = 0; i < mask.Labels.Length; i++)
        {
            var pixel = file.Color == PngColor.Palette
                ? PaletteColor(file, samples[i])
                : samples.AsSpan(i * file.Samples, colors);
            mask.Labels[i] = (byte)(pixel.IndexOfAnyExcept((byte)0) >= 0 ? 1 : 0);
        }

        return mask;
    }

    /// <summary>Writes a palette PNG in the official colours. The file appears complete or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mask">The mask.</param>
    /// <param name="text">Keywords and texts to store with it.</param>
    /// <exception cref="ArgumentException">A label is no class.</exception>
    /// <exception cref="IOException">The file cannot be written; the message names it.</exception>
    public static void Save(string path, LabelMask mask, IReadOnlyDictionary<string, string>? text = null) =>
        AtomicFile.WriteAllBytes(path, Encode(mask, text));

    /// <summary>The bytes that <see cref="Save"/> writes.</summary>
    /// <exception cref="ArgumentException">A label is no class.</exception>
    public static byte[] Encode(LabelMask mask, IReadOnlyDictionary<string, string>? text = null)
    {
        ArgumentNullException.ThrowIfNull(mask);
        if (mask.Labels.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)(FaceClasses.Count - 1)) is var at and >= 0)
        {
            throw new ArgumentException($"Label {mask.Labels[at]} is none of the {FaceClasses.Count} classes.", nameof(mask));
        }

        byte[] palette = [.. FaceClasses.Palette.SelectMany(color => new[] { color.Red, color.Green, color.Blue })];
        return PngWriter.Encode(mask.Width, mask.Height, mask.Labels, palette, text);
    }

    /// <summary>The bytes of a single part's file: 255 in grey where the mask has the class, 0 elsewhere.</summary>
    public static byte[] EncodePart(LabelMask mask, byte label)
    {
        ArgumentNullException.ThrowIfNull(mask);
        var pixels = new byte[mask.Labels.Length];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)(mask.Labels[i] == label ? 255 : 0);
        }

        return PngWriter.Encode(mask.Width, mask.Height, pixels, []);
    }

    private static void ReadColors(string path, PngFile file, byte[] samples, LabelMask mask)
    {
        var indices = true;
        for (var i = 0; i < samples.Length && indices; i += file.Samples)
        {
            indices = samples[i] == samples[i + 1] && samples[i] == samples[i + 2] && samples[i] < FaceClasses.Count;
        }

        for (var i = 0; i < mask.Labels.Length; i++)
        {
            var (red, green, blue) = (samples[i * file.Samples], samples[(i * file.Samples) + 1], samples[(i * file.Samples) + 2]);
            mask.Labels[i] = indices
                ? red
                : FaceClasses.FromColor(red, green, blue) ?? throw Refused(path, i, file.Width, $"the colour {red},{green},{blue}");
        }
    }

    /// <summary>
    /// The class of each palette index, where all colours in use are official ones: a program that saves a mask again may sort its
    /// palette. Null where the indices themselves have to be the classes.
    /// </summary>
    private static byte[]? PaletteClasses(PngFile file, byte[] samples)
    {
        var classes = new byte[256];
        var seen = new bool[256];
        foreach (var sample in samples)
        {
            if (seen[sample])
            {
                continue;
            }

            seen[sample] = true;
            var color = PaletteColor(file, sample);
            if (color.IsEmpty || FaceClasses.FromColor(color[0], color[1], color[2]) is not { } label)
            {
                return null;
            }

            classes[sample] = label;
        }

        return classes;
    }

    private static ReadOnlySpan<byte> PaletteColor(PngFile file, byte index) =>
        3 * index < file.Palette.Length ? file.Palette.Span.Slice(3 * index, 3) : [];

    private static DataFileException Refused(string path, int pixel, int width, string found) => new(
        path,
        string.Create(CultureInfo.InvariantCulture, $"the pixel in column {pixel % width}, row {pixel / width} has {found}, which is no class"),
        "A mask holds the class of every pixel as its value 0 to 18 or as its colour: " + string.Join(
            ", ", FaceClasses.Names.Zip(FaceClasses.Palette, (name, color) => $"{name} {color.Red},{color.Green},{color.Blue}")) + ".");
}
