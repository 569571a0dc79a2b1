using System.IO.Compression;
using System.Text;
using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Imaging;

/// <summary>The texts that a PNG file carries beside its pixels, by keyword: chunks tEXt, zTXt and iTXt.</summary>
public static class PngText
{
    /// <summary>The longest text that is unpacked.</summary>
    private const int LongestText = 1 << 24;

    /// <summary>Reads all texts of a file. Of a keyword that occurs twice the last one counts.</summary>
    /// <exception cref="DataFileException">The file cannot be read, is no PNG or is damaged.</exception>
    public static IReadOnlyDictionary<string, string> Read(string path)
    {
        var texts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (type, content) in PngFile.Read(path).Ancillary)
        {
            if (type is not ("tEXt" or "zTXt" or "iTXt"))
            {
                continue;
            }

            if (Parse(type, content.Span) is not var (keyword, text))
            {
                throw new DataFileException(path, $"a text chunk ({type}) is malformed", "The file is damaged: save or download it again.");
            }

            texts[keyword] = text;
        }

        return texts;
    }

    /// <summary>Refuses keywords that PNG does not allow: 1 to 79 characters of printable Latin-1 without spaces at the ends.</summary>
    /// <exception cref="ArgumentException">The keyword is not allowed.</exception>
    internal static void CheckKeyword(string keyword)
    {
        if (keyword.Length is < 1 or > 79 || keyword.Trim() != keyword || keyword.Any(letter => letter is < ' ' or > '~'))
        {
            throw new ArgumentException($"'{keyword}' cannot be the keyword of a PNG text.", nameof(keyword));
        }
    }

    private static (string Keyword, string Text)? Parse(string type, ReadOnlySpan<byte> content)
    {
        var end = content.IndexOf((byte)0);
        if (end < 1)
        {
            return null;
        }

        var keyword = Encoding.Latin1.GetString(content[..end]);
        var rest = content[(end + 1)..];
        return type switch
        {
            "tEXt" => (keyword, Encoding.Latin1.GetString(rest)),
            "zTXt" => rest.Length > 0 && Inflate(rest[1..]) is { } packed ? (keyword, Encoding.Latin1.GetString(packed)) : null,
            _ => ParseInternational(rest) is { } text ? (keyword, text) : null,
        };
    }

    private static string? ParseInternational(ReadOnlySpan<byte> rest)
    {
        if (rest.Length < 2)
        {
            return null;
        }

        var isPacked = rest[0] != 0;
        rest = rest[2..];
        for (var field = 0; field < 2; field++)
        {
            var end = rest.IndexOf((byte)0);
            if (end < 0)
            {
                return null;
            }

            rest = rest[(end + 1)..];
        }

        return !isPacked ? Encoding.UTF8.GetString(rest) : Inflate(rest) is { } text ? Encoding.UTF8.GetString(text) : null;
    }

    private static byte[]? Inflate(ReadOnlySpan<byte> packed)
    {
        try
        {
            using var stream = new ZLibStream(new MemoryStream(packed.ToArray()), CompressionMode.Decompress);
            var buffer = new byte[Math.Min(LongestText, (packed.Length * 1100L) + 64)];
            var length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return length < buffer.Length ? buffer[..length] : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
