using System.Globalization;
using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Data;

/// <summary>
/// An index.tsv beside folders of faces: tab-separated, the first line names the columns. Used are file, and where they exist split,
/// celebahq_index, mirrored (1 for pictures that are mirror images of the original) and celeba_partition (0, 1, 2).
/// </summary>
internal sealed record FaceIndexRow(string? Split, int? CelebAHqIndex, bool IsMirrored, FacePartition? Partition)
{
    /// <summary>Reads the rows by split and file name.</summary>
    /// <exception cref="DataFileException">The file cannot be read or a row is malformed.</exception>
    public static Dictionary<(string Split, string File), FaceIndexRow> Read(string path)
    {
        var rows = new Dictionary<(string, string), FaceIndexRow>();
        string[]? columns = null;
        var number = 0;
        foreach (var line in TextRows.Read(path))
        {
            number++;
            var cells = line.Split('\t');
            if (columns is null)
            {
                columns = cells;
                continue;
            }

            if (line.Length == 0)
            {
                continue;
            }

            string? Cell(string name) => Array.IndexOf(columns, name) is >= 0 and var at && at < cells.Length ? cells[at] : null;
            var file = Cell("file") ?? throw new DataFileException(
                path, string.Create(CultureInfo.InvariantCulture, $"line {number} has no cell in a column named file"), "Repair or remove it.");
            int? partition = Number(Cell("celeba_partition"));
            rows[(Cell("split") ?? string.Empty, file)] = new FaceIndexRow(
                Cell("split"), Number(Cell("celebahq_index")), Cell("mirrored") == "1", partition is >= 0 and <= 2 ? (FacePartition)partition : null);
        }

        return rows;
    }

    private static int? Number(string? cell) =>
        int.TryParse(cell, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
