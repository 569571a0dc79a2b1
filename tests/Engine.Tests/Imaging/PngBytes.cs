using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Tests.Imaging;

/// <summary>PNG files as other programs, or hostile ones, would write them.</summary>
internal static class PngBytes
{
    /// <summary>A whole file whose rows, each with its filter byte, are given.</summary>
    public static byte[] File(int width, int height, int bitDepth, int color, byte[] rows, byte[]? palette = null, int interlace = 0) =>
        File(Header(width, height, bitDepth, color, interlace), palette, Deflate(rows));

    /// <summary>A whole file whose parts are given.</summary>
    public static byte[] File(byte[] header, byte[]? palette, byte[] data) =>
    [
        0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n',
        .. Chunk("IHDR", header),
        .. palette is null ? [] : Chunk("PLTE", palette),
        .. Chunk("IDAT", data),
        .. Chunk("IEND", []),
    ];

    public static byte[] Header(int width, int height, int bitDepth, int color, int interlace = 0)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = ((byte)bitDepth, (byte)color, (byte)interlace);
        return header;
    }

    public static byte[] Chunk(string type, byte[] content)
    {
        var chunk = new byte[12 + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        Encoding.Latin1.GetBytes(type, chunk.AsSpan(4));
        content.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + content.Length), Crc32.Append(0, chunk.AsSpan(4, 4 + content.Length)));
        return chunk;
    }

    public static byte[] Deflate(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var stream = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            stream.Write(bytes);
        return packed.ToArray();
    }
}
