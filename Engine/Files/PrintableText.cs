using System.Globalization;
using System.Text;

namespace KernelDiff.Engine.Files;

/// <summary>Text that comes from a file, made fit for a message or a terminal.</summary>
public static class PrintableText
{
    private const int LongestQuote = 120;

    /// <summary>The text in double quotes, escaped as by <see cref="Escape"/> and cut after 120 characters.</summary>
    public static string Quote(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length <= LongestQuote
            ? $"\"{Escape(text)}\""
            : $"\"{Escape(text[..LongestQuote])}...\" ({text.Length.ToString(CultureInfo.InvariantCulture)} characters)";
    }

    /// <summary>
    /// The text with control, formatting and unpaired surrogate characters written as \uXXXX. A name inside a hostile file could otherwise
    /// carry escape sequences that move the cursor, recolour the terminal or reorder what is read.
    /// </summary>
    public static string Escape(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var escaped = new StringBuilder(text.Length);
        for (int index = 0; index < text.Length; index++)
        {
            char character = text[index];
            if (char.IsSurrogatePair(text, index))
                escaped.Append(character).Append(text[++index]);
            else if (IsPlain(character))
                escaped.Append(character);
            else
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
        }

        return escaped.ToString();
    }

    private static bool IsPlain(char character) => char.GetUnicodeCategory(character) is not (UnicodeCategory.Control
        or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
