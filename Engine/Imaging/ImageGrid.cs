using SkiaSharp;

namespace KernelDiff.Engine.Imaging;

/// <summary>
/// Pictures in rows and columns with a title, labels and captions, for people: black text on white, in an embedded font. Pictures of other
/// sizes are fitted into their cells.
/// </summary>
public sealed class ImageGrid
{
    private const int Gap = 6;

    private readonly int cellSize;
    private readonly float textSize;
    private readonly List<Row> rows = [];

    /// <param name="cellSize">Edge of a cell in pixels.</param>
    public ImageGrid(int cellSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cellSize, 8);
        this.cellSize = cellSize;
        textSize = Math.Clamp(cellSize / 9f, 10, 18);
    }

    /// <summary>Text above everything; none by default.</summary>
    public string? Title { get; init; }

    /// <summary>Texts above the columns; none by default. Long ones are broken into lines.</summary>
    public IReadOnlyList<string> ColumnLabels { get; init; } = [];

    /// <summary>Adds a row of pictures; null leaves a cell empty.</summary>
    /// <param name="label">Text at its left; null for none.</param>
    /// <param name="images">The pictures.</param>
    /// <param name="captions">Texts below the pictures; fewer than pictures, or null, for none.</param>
    public void AddRow(string? label, IReadOnlyList<RgbImage?> images, IReadOnlyList<string>? captions = null)
    {
        ArgumentNullException.ThrowIfNull(images);
        rows.Add(new Row(label, images, captions ?? []));
    }

    /// <summary>Draws everything that was added.</summary>
    /// <exception cref="InvalidOperationException">There is no row, or the grid would be larger than an image may be.</exception>
    public RgbImage Render()
    {
        var columns = Math.Max(ColumnLabels.Count, rows.Count == 0 ? 0 : rows.Max(row => row.Images.Count));
        if (columns == 0)
        {
            throw new InvalidOperationException("The grid has no pictures.");
        }

        using var font = EmbeddedFont.OfSize(textSize);
        using var titleFont = EmbeddedFont.OfSize(textSize * 1.3f);
        var rowLabels = rows.ConvertAll(row => TextLines.Break(font, row.Label, 2 * cellSize));
        var left = (int)Math.Ceiling(rowLabels.SelectMany(lines => lines).Select(line => font.MeasureText(line)).DefaultIfEmpty(0).Max());
        left = left == 0 ? Gap : left + (2 * Gap);
        var width = left + (columns * (cellSize + Gap));
        var title = TextLines.Break(titleFont, Title, width - (2 * Gap));
        var header = ColumnLabels.Select(label => TextLines.Break(font, label, cellSize)).ToArray();
        var captions = rows.ConvertAll(row => row.Captions.Select(caption => TextLines.Break(font, caption, cellSize)).ToArray());

        var titleHeight = title.Count * TextLines.Height(titleFont);
        var headerHeight = header.Select(lines => lines.Count).DefaultIfEmpty(0).Max() * TextLines.Height(font);
        var rowHeights = captions.ConvertAll(row =>
            cellSize + Gap + (int)Math.Ceiling(row.Select(lines => lines.Count).DefaultIfEmpty(0).Max() * TextLines.Height(font)));
        var top = Gap + (int)Math.Ceiling(titleHeight + headerHeight) + (title.Count + headerHeight > 0 ? Gap : 0);
        var height = top + rowHeights.Sum();
        if ((long)width * height > ImageLimits.Pixels || Math.Max(width, height) > ImageLimits.Edge)
        {
            throw new InvalidOperationException($"A grid of {width} x {height} pixels is too large. Use fewer or smaller pictures.");
        }

        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(SKColors.White);
        TextLines.Draw(canvas, titleFont, title, Gap, Gap, SKTextAlign.Left);
        for (var i = 0; i < header.Length; i++)
        {
            // Labels stand on the pictures, however many lines they have.
            var y = top - (Gap / 2) - (header[i].Count * TextLines.Height(font));
            TextLines.Draw(canvas, font, header[i], left + (i * (cellSize + Gap)) + (cellSize / 2f), y, SKTextAlign.Center);
        }

        for (int i = 0, y = top; i < rows.Count; y += rowHeights[i], i++)
        {
            var labelTop = y + ((cellSize - (rowLabels[i].Count * TextLines.Height(font))) / 2);
            TextLines.Draw(canvas, font, rowLabels[i], left - Gap, labelTop, SKTextAlign.Right);
            DrawRow(canvas, font, rows[i], captions[i], left, y);
        }

        canvas.Flush();
        return SkiaImages.ToImage(bitmap);
    }

    private void DrawRow(SKCanvas canvas, SKFont font, Row row, IReadOnlyList<string>[] captions, int left, int y)
    {
        for (var i = 0; i < row.Images.Count; i++)
        {
            var x = left + (i * (cellSize + Gap));
            if (row.Images[i] is { } image)
            {
                var scale = Math.Min((float)cellSize / image.Width, (float)cellSize / image.Height);
                var fitted = Resizing.Resize(
                    image, Math.Max(1, (int)MathF.Round(image.Width * scale)), Math.Max(1, (int)MathF.Round(image.Height * scale)));
                using var bitmap = SkiaImages.ToBitmap(fitted);
                canvas.DrawBitmap(bitmap, x + ((cellSize - fitted.Width) / 2), y + ((cellSize - fitted.Height) / 2));
            }

            if (i < captions.Length)
            {
                TextLines.Draw(canvas, font, captions[i], x + (cellSize / 2f), y + cellSize, SKTextAlign.Center);
            }
        }
    }

    private sealed record Row(string? Label, IReadOnlyList<RgbImage?> Images, IReadOnlyList<string> Captions);
}
