using SkiaSharp;

namespace KernelDiff.Engine.Imaging;

/// <summary>Short texts in pictures, broken to a width.</summary>
internal static class TextLines
{
    /// <summary>The lines of a text: broken at line ends, between words, and inside words that are too long.</summary>
    public static IReadOnlyList<string> Break(SKFont font, string? text, float width)
    {
        var lines = new List<string>();
        foreach (var paragraph in (text ?? string.Empty).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var line = string.Empty;
            foreach (var word in paragraph.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                var longer = line.Length == 0 ? word : $"{line} {word}";
                if (font.MeasureText(longer) <= width)
                {
                    line = longer;
                    continue;
                }

                if (line.Length > 0)
                {
                    lines.Add(line);
                }

                line = word;
                while (line.Length > 1 && font.MeasureText(line) > width)
                {
                    var fitting = Enumerable.Range(1, line.Length - 1).Last(length => length == 1 || font.MeasureText(line[..length]) <= width);
                    lines.Add(line[..fitting]);
                    line = line[fitting..];
                }
            }

            if (line.Length > 0)
            {
                lines.Add(line);
            }
        }

        return lines;
    }

    /// <summary>From one line to the next.</summary>
    public static float Height(SKFont font) => MathF.Ceiling(font.Size * 1.25f);

    /// <summary>Draws lines below each other, the first one's upper border at <paramref name="top"/>.</summary>
    public static void Draw(SKCanvas canvas, SKFont font, IReadOnlyList<string> lines, float x, float top, SKTextAlign align)
    {
        using var paint = new SKPaint { Color = SKColors.Black, IsAntialias = true };
        for (var i = 0; i < lines.Count; i++)
        {
            canvas.DrawText(lines[i], x, top + font.Size + (i * Height(font)), align, font, paint);
        }
    }
}
