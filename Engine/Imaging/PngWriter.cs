using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Imaging;

/// <summary>Assembles PNG files from chunks.</summary>
internal static class PngWriter
{
    /// <summary>A picture of one byte per pixel: palette indices, or grey where no palette is given.</summary>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="pixels">Indices or grey values, rows from the top.</param>
    /// <param name="palette">Red, green, blue of each entry; empty for grey.</param>
    /// <param name="text">Keywords and texts to store with it.</param>
    public static byte[] Encode(
        int width, int height, ReadOnlySpan<byte> pixels, ReadOnlySpan<byte> palette, IReadOnlyDictionary<string, string>? text = null)
    {
        using var file = new MemoryStream();
        file.Write(PngFile.Signature);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        header[8] = 8;
        header[9] = (byte)(palette.IsEmpty ? PngColor.Gray : PngColor.Palette);
        WriteChunk(file, "IHDR", header);
        WriteText(file, text);
        if (!palette.IsEmpty)
        {
            WriteChunk(file, "PLTE", palette);
        }

        using var packed = new MemoryStream();
        using (var deflate = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            // Rows without a filter: labels have long runs, which differences between neighbours would not lengthen.
            for (var y = 0; y < height; y++)
            {
                deflate.WriteByte(0);
                deflate.Write(pixels.Slice(y * width, width));
            }
        }

        WriteChunk(file, "IDAT", packed.GetBuffer().AsSpan(0, (int)packed.Length));
        WriteChunk(file, "IEND", []);
        return file.ToArray();
    }

    /// <summary>A PNG with text chunks put behind its header.</summary>
    /// <param name="content">A whole PNG file whose first chunk is its header, as of every encoder.</param>
    /// <param name="text">Keywords and texts.</param>
    public static byte[] WithText(ReadOnlySpan<byte> content, IReadOnlyDictionary<string, string> text)
    {
        const int HeaderEnd = 8 + 25;
        using var file = new MemoryStream();
        file.Write(content[..HeaderEnd]);
        WriteText(file, text);
        file.Write(content[HeaderEnd..]);
        return file.ToArray();
    }

    /// <summary>Texts as tEXt where they are ASCII, which every program shows, and as iTXt otherwise.</summary>
    private static void WriteText(MemoryStream file, IReadOnlyDictionary<string, string>? text)
    {
        foreach (var (keyword, value) in text ?? new Dictionary<string, string>())
        {
            PngText.CheckKeyword(keyword);
            if (Ascii.IsValid(value) && !value.Contains('\0', StringComparison.Ordinal))
            {
                WriteChunk(file, "tEXt", [.. Encoding.Latin1.GetBytes(keyword), 0, .. Encoding.Latin1.GetBytes(value)]);
            }
            else
            {
                // Keyword, then: not compressed, method, no language, no translated keyword.
                WriteChunk(file, "iTXt", [.. Encoding.Latin1.GetBytes(keyword), 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(value)]);
            }
        }
    }

    private static void WriteChunk(MemoryStream file, string type, ReadOnlySpan<byte> content)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(word, content.Length);
        file.Write(word);
        var name = Encoding.Latin1.GetBytes(type);
        file.Write(name);
        file.Write(content);
        BinaryPrimitives.WriteUInt32BigEndian(word, Crc32.Append(Crc32.Append(0, name), content));
        file.Write(word);
    }
}
