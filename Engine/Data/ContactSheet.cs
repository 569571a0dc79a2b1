using System.Globalization;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Imaging;

namespace KernelDiff.Engine.Data;

/// <summary>Some faces of a data set with their masks, as one picture.</summary>
public static class ContactSheet
{
    private const int CellSize = 128;
    private const int FacesPerRow = 6;

    /// <summary>Draws up to <paramref name="count"/> faces, evenly spread; those that cannot be decoded are left out.</summary>
    /// <exception cref="DataFileException">None can be decoded.</exception>
    public static RgbImage Draw(FaceDataset dataset, int count = 24)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        var cells = new List<(RgbImage? Image, string Caption)>();
        foreach (var index in DatasetInspector.Spread(dataset.Items.Count, count))
        {
            AddCells(cells, dataset.Items[index]);
        }

        if (cells.Count == 0)
        {
            throw new DataFileException(dataset.Folder, "none of the faces for the contact sheet can be decoded", "Check the files.");
        }

        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(dataset.Folder)));
        var grid = new ImageGrid(CellSize)
        {
            Title = string.Create(CultureInfo.InvariantCulture, $"{name}: {dataset.Items.Count} faces, {dataset.Layout}"),
        };
        foreach (var row in cells.Chunk(FacesPerRow * (dataset.HasMasks ? 2 : 1)))
        {
            grid.AddRow(null, [.. row.Select(cell => cell.Image)], [.. row.Select(cell => cell.Caption)]);
        }

        return grid.Render();
    }

    private static void AddCells(List<(RgbImage? Image, string Caption)> cells, FaceItem item)
    {
        try
        {
            var (image, mask) = item.Read();
            cells.Add((image, Path.GetFileNameWithoutExtension(item.Name)));
            if (mask is not null)
            {
                cells.Add((MaskColors.Paint(mask), Describe(item)));
            }
        }
        catch (DataFileException)
        {
            // The list of faults names it.
        }
    }

    /// <summary>The attributes that say most at a glance.</summary>
    private static string Describe(FaceItem item)
    {
        ReadOnlySpan<string> shown = ["Male", "Smiling", "Eyeglasses", "Wearing_Hat"];
        var words = new List<string>();
        foreach (var name in shown)
        {
            if (item.Attributes?[FaceAttributes.IndexOf(name)] == true)
            {
                words.Add(name.Replace("Wearing_", "", StringComparison.Ordinal));
            }
        }

        return string.Join(", ", words);
    }
}
