using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Unicode;

namespace KernelDiff.Engine.Files;

/// <summary>Decodes the text and number notations of the pickle protocols.</summary>
internal static class PickleText
{
    /// <summary>Digits that an integer in decimal notation may have; parsing takes time that grows with their square.</summary>
    private const int MostDigits = 400;

    private static readonly UTF8Encoding Utf8WithErrors = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Text of the UNICODE family, or null where the bytes are not UTF-8.</summary>
    public static string? DecodeUtf8(ReadOnlySpan<byte> bytes) => Utf8.IsValid(bytes) ? Utf8WithErrors.GetString(bytes) : null;

    /// <summary>A Python 2 string: UTF-8 where it is, Latin-1 otherwise.</summary>
    public static string DecodeLegacy(ReadOnlySpan<byte> bytes) => DecodeUtf8(bytes) ?? Encoding.Latin1.GetString(bytes);

    /// <summary>The STRING opcode's argument: a quoted Python literal. Null where it is malformed.</summary>
    public static string? DecodeQuoted(ReadOnlySpan<byte> line)
    {
        line = line.TrimEnd((byte)'\r');
        if (line.Length < 2 || line[0] != line[^1] || line[0] is not ((byte)'\'' or (byte)'"'))
            return null;
        return Unescape(Encoding.Latin1.GetString(line[1..^1]), static (escape, rest) => escape switch
        {
            'n' => ("\n", 0),
            't' => ("\t", 0),
            'r' => ("\r", 0),
            '\\' or '\'' or '"' => (escape.ToString(), 0),
            'x' => Hexadecimal(rest, 2),
            _ => null,
        });
    }

    /// <summary>The UNICODE opcode's argument: Latin-1 with \uXXXX and \UXXXXXXXX. Null where it is malformed.</summary>
    public static string? DecodeRawUnicode(ReadOnlySpan<byte> line) =>
        Unescape(Encoding.Latin1.GetString(line), static (escape, rest) => escape switch
        {
            'u' => Hexadecimal(rest, 4),
            'U' => Hexadecimal(rest, 8),
            _ => ("\\" + escape, 0),
        });

    /// <summary>A decimal integer, as long where it fits. Null where it is malformed or very long.</summary>
    public static object? ParseInteger(ReadOnlySpan<byte> line)
    {
        if (line.Length > MostDigits)
            return null;
        if (long.TryParse(line, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
            return number;
        string digits = Encoding.Latin1.GetString(line);
        return BigInteger.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger large) ? large : null;
    }

    /// <summary>A little-endian two's complement integer, as long where it fits.</summary>
    public static object DecodeInteger(ReadOnlySpan<byte> bytes)
    {
        var number = new BigInteger(bytes);
        return number >= long.MinValue && number <= long.MaxValue ? (object)(long)number : number;
    }

    private static string? Unescape(string text, Func<char, string, (string Text, int Consumed)?> escapes)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
            return text;
        var result = new StringBuilder(text.Length);
        for (int index = 0; index < text.Length; index++)
        {
            if (text[index] != '\\')
            {
                result.Append(text[index]);
                continue;
            }

            if (++index == text.Length)
                return null;
            string rest = text.Substring(index + 1, Math.Min(8, text.Length - index - 1));
            if (escapes(text[index], rest) is not (string replacement, int consumed))
                return null;
            result.Append(replacement);
            index += consumed;
        }

        return result.ToString();
    }

    private static (string Text, int Consumed)? Hexadecimal(string rest, int digits)
    {
        if (rest.Length < digits
            || !int.TryParse(rest.AsSpan(0, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value))
        {
            return null;
        }

        return digits < 8 ? (((char)value).ToString(), digits)
            : Rune.IsValid(value) ? (new Rune(value).ToString(), digits) : null;
    }
}
