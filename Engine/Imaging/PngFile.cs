using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Imaging;

/// <summary>How a PNG stores a pixel.</summary>
internal enum PngColor : byte
{
    Gray = 0,
    Rgb = 2,
    Palette = 3,
    GrayAlpha = 4,
    RgbAlpha = 6,
}

/// <summary>
/// The chunks of a PNG file and its samples as they are stored: an image library would turn palette indices into colours. W3C, "Portable
/// Network Graphics (PNG) Specification", third edition. Lengths and checksums are verified; unknown chunks are skipped.
/// </summary>
internal sealed class PngFile
{
    private const string DamagedAdvice = "The file is damaged: save or download it again.";

    private readonly string path;
    private readonly List<ReadOnlyMemory<byte>> data = [];
    private readonly List<(string Type, ReadOnlyMemory<byte> Content)> chunks = [];

    private PngFile(string path)
    {
        this.path = path;
    }

    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    public int Width { get; private set; }

    public int Height { get; private set; }

    public int BitDepth { get; private set; }

    public PngColor Color { get; private set; }

    /// <summary>Red, green, blue of each palette entry; empty where there is none.</summary>
    public ReadOnlyMemory<byte> Palette { get; private set; }

    /// <summary>Chunks other than header, palette, data and end, in order.</summary>
    public IReadOnlyList<(string Type, ReadOnlyMemory<byte> Content)> Ancillary => chunks;

    /// <summary>Samples of a pixel.</summary>
    public int Samples => Color switch { PngColor.Rgb => 3, PngColor.GrayAlpha => 2, PngColor.RgbAlpha => 4, _ => 1 };

    /// <exception cref="DataFileException">The file cannot be read, is no PNG or is damaged.</exception>
    public static PngFile Read(string path) => Read(path, ImageLimits.ReadAllBytes(path));

    /// <exception cref="DataFileException">The content is no PNG or is damaged.</exception>
    public static PngFile Read(string path, byte[] content)
    {
        var file = new PngFile(path);
        if (!content.AsSpan().StartsWith(Signature))
        {
            throw new DataFileException(path, "this is not a PNG file", "Save it as PNG.");
        }

        var offset = Signature.Length;
        while (file.ReadChunk(content, ref offset))
        {
        }

        if (file.data.Count == 0)
        {
            throw file.Damaged("it holds no pixels");
        }

        return file;
    }

    /// <summary>The samples, [height, width, samples], each in a byte.</summary>
    /// <exception cref="DataFileException">The pixels are damaged, or stored in a way that is not supported.</exception>
    public byte[] Decode()
    {
        if (BitDepth == 16)
        {
            throw new DataFileException(path, "it has 16 bits per sample", "Save it with 8 bits.");
        }

        var stride = ((Width * Samples * BitDepth) + 7) / 8;
        var raw = Inflate((long)(stride + 1) * Height);
        var samples = new byte[Width * Height * Samples];
        var previous = new byte[stride];
        var distance = Math.Max(1, Samples * BitDepth / 8);
        for (var y = 0; y < Height; y++)
        {
            var row = raw.AsSpan((y * (stride + 1)) + 1, stride);
            Unfilter(raw[y * (stride + 1)], row, previous, distance);
            Unpack(row, samples.AsSpan(y * Width * Samples, Width * Samples));
            row.CopyTo(previous);
        }

        return samples;
    }

    private bool ReadChunk(byte[] content, ref int offset)
    {
        if (content.Length - offset < 12)
        {
            throw Damaged("it ends before its last chunk");
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(content.AsSpan(offset));
        if (length > content.Length - offset - 12)
        {
            throw Damaged("a chunk is longer than the file");
        }

        var typed = content.AsSpan(offset + 4, (int)length + 4);
        if (Crc32.Append(0, typed) != BinaryPrimitives.ReadUInt32BigEndian(content.AsSpan(offset + 8 + (int)length)))
        {
            throw Damaged(string.Create(CultureInfo.InvariantCulture, $"the checksum of the chunk at byte {offset} is wrong"));
        }

        var type = System.Text.Encoding.Latin1.GetString(typed[..4]);
        var body = content.AsMemory(offset + 8, (int)length);
        if ((type == "IHDR") != (Width == 0))
        {
            throw Damaged("it does not begin with one header");
        }

        offset += 12 + (int)length;
        switch (type)
        {
            case "IHDR":
                ReadHeader(body.Span);
                break;
            case "PLTE":
                Palette = length is > 0 and <= 768 && length % 3 == 0 ? body : throw Damaged("its palette has a wrong length");
                break;
            case "IDAT":
                data.Add(body);
                break;
            case "IEND":
                return false;
            default:
                chunks.Add((type, body));
                break;
        }

        return true;
    }

    private void ReadHeader(ReadOnlySpan<byte> header)
    {
        if (header.Length != 13)
        {
            throw Damaged("its header has a wrong length");
        }

        var (width, height) = (BinaryPrimitives.ReadUInt32BigEndian(header), BinaryPrimitives.ReadUInt32BigEndian(header[4..]));
        ImageLimits.Check(path, width, height);
        var (depth, color) = (header[8], header[9]);
        var known = color switch
        {
            0 => depth is 1 or 2 or 4 or 8 or 16,
            3 => depth is 1 or 2 or 4 or 8,
            2 or 4 or 6 => depth is 8 or 16,
            _ => false,
        };
        if (!known || header[10] != 0 || header[11] != 0 || header[12] > 1)
        {
            throw Damaged("its header holds values that PNG does not define");
        }

        if (header[12] == 1)
        {
            throw new DataFileException(path, "it is interlaced", "Save it without interlacing.");
        }

        (Width, Height, BitDepth, Color) = ((int)width, (int)height, depth, (PngColor)color);
    }

    private byte[] Inflate(long length)
    {
        if (length > Array.MaxLength)
        {
            throw new DataFileException(path, "its pixels do not fit in memory", "Shrink it.");
        }

        // Deflate packs at most 1032 to 1: what cannot hold the pixels is refused before room for them is taken.
        if (length / 1100 > data.Sum(chunk => (long)chunk.Length))
        {
            throw Damaged("it holds fewer pixels than it says");
        }

        var raw = new byte[length];
        using var packed = new MemoryStream(data.SelectMany(chunk => chunk.ToArray()).ToArray());
        using var stream = new ZLibStream(packed, CompressionMode.Decompress);
        try
        {
            if (stream.ReadAtLeast(raw, raw.Length, throwOnEndOfStream: false) < raw.Length)
            {
                throw Damaged("it holds fewer pixels than it says");
            }
        }
        catch (InvalidDataException exception)
        {
            throw new DataFileException(path, "its pixels cannot be decompressed", DamagedAdvice, exception);
        }

        return raw;
    }

    private void Unfilter(byte filter, Span<byte> row, ReadOnlySpan<byte> above, int distance)
    {
        if (filter > 4)
        {
            throw Damaged("a row has a filter that PNG does not define");
        }

        for (var i = 0; filter > 0 && i < row.Length; i++)
        {
            var left = i >= distance ? row[i - distance] : 0;
            var corner = i >= distance ? above[i - distance] : 0;
            row[i] += (byte)(filter switch
            {
                1 => left,
                2 => above[i],
                3 => (left + above[i]) / 2,
                _ => Paeth(left, above[i], corner),
            });
        }
    }

    private static int Paeth(int left, int above, int corner)
    {
        var estimate = left + above - corner;
        var (toLeft, toAbove, toCorner) = (Math.Abs(estimate - left), Math.Abs(estimate - above), Math.Abs(estimate - corner));
        return toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner;
    }

    private void Unpack(ReadOnlySpan<byte> row, Span<byte> samples)
    {
        if (BitDepth == 8)
        {
            row.CopyTo(samples);
            return;
        }

        var perByte = 8 / BitDepth;
        for (var i = 0; i < samples.Length; i++)
        {
            var shift = 8 - (BitDepth * ((i % perByte) + 1));
            samples[i] = (byte)((row[i / perByte] >> shift) & ((1 << BitDepth) - 1));
        }
    }

    private DataFileException Damaged(string fault) => new(path, fault, DamagedAdvice);
}
