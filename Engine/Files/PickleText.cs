using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Unicode;

namespace KernelDiff.Engine.Files;

/// <summary>Decodes the text and number notations of the pickle protocols.</summary>
internal static class PickleText
{
    /// <summary>Digits that an integer in decimal notation may have; parsing takes time that grows with their square.</summary>
    private const int MostDigits = 100;

    private static readonly UTF8Encoding Utf8WithErrors = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Appends what an escape sequence stands for and returns the bytes it takes after its letter, or null if malformed.</summary>
    private delegate int? EscapeDecoder(byte escape, ReadOnlySpan<byte> rest, StringBuilder text);

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
        return Unescape(line[1..^1], static (escape, rest, text) => (char)escape switch
        {
            'n' => Append(text, '\n'),
            't' => Append(text, '\t'),
            'r' => Append(text, '\r'),
            '\\' or '\'' or '"' => Append(text, (char)escape),
            'x' => AppendHexadecimal(text, rest, 2),
            _ => null,
        });
    }

    /// <summary>The UNICODE opcode's argument: Latin-1 with \uXXXX and \UXXXXXXXX. Null where it is malformed.</summary>
    public static string? DecodeRawUnicode(ReadOnlySpan<byte> line) =>
        Unescape(line, static (escape, rest, text) => (char)escape switch
        {
            'u' => AppendHexadecimal(text, rest, 4),
            'U' => AppendHexadecimal(text, rest, 8),
            _ => Append(text.Append('\\'), (char)escape),
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

    /// <summary>Replaces escape sequences in Latin-1 text.</summary>
    private static string? Unescape(ReadOnlySpan<byte> line, EscapeDecoder decode)
    {
        if (!line.Contains((byte)'\\'))
            return Encoding.Latin1.GetString(line);
        var text = new StringBuilder(line.Length);
        for (int index = 0; index < line.Length; index++)
        {
            if (line[index] != '\\')
            {
                text.Append((char)line[index]);
                continue;
            }

            if (++index == line.Length || decode(line[index], line[(index + 1)..], text) is not int consumed)
                return null;
            index += consumed;
        }

        return text.ToString();
    }

    private static int Append(StringBuilder text, char character)
    {
        text.Append(character);
        return 0;
    }

    private static int? AppendHexadecimal(StringBuilder text, ReadOnlySpan<byte> rest, int digits)
    {
        if (rest.Length < digits
            || !int.TryParse(rest[..digits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value))
        {
            return null;
        }

        if (digits < 8)
            text.Append((char)value);
        else if (Rune.IsValid(value))
            text.Append(new Rune(value));
        else
            return null;
        return digits;
    }
}
