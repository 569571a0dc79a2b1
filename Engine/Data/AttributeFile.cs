using System.Globalization;
using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Data;

/// <summary>
/// CelebA's list of attributes: a line with the number of rows, a line with the names, then a row for each picture with its file name and
/// 1 or -1 for each attribute, separated by runs of spaces.
/// </summary>
internal static class AttributeFile
{
    /// <summary>Reads the rows by file name. Malformed rows are left out and listed.</summary>
    /// <exception cref="DataFileException">The file cannot be read, or its second line does not name the 40 attributes.</exception>
    public static Dictionary<string, bool[]> Read(string path, ICollection<DataFault> faults)
    {
        using var lines = TextRows.Read(path).GetEnumerator();
        var count = lines.MoveNext() && int.TryParse(lines.Current, NumberStyles.None, CultureInfo.InvariantCulture, out var announced)
            ? announced
            : throw new DataFileException(path, "its first line is not the number of rows", "See the attribute file of CelebAMask-HQ.");
        var order = lines.MoveNext()
            ? Order(path, lines.Current)
            : throw new DataFileException(path, "it names no attributes", "Fetch it again.");
        var rows = new Dictionary<string, bool[]>(Math.Min(count, 1 << 20), StringComparer.Ordinal);
        while (lines.MoveNext())
        {
            var words = lines.Current.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0)
            {
                continue;
            }

            if (Values(words, order) is { } values)
            {
                rows[words[0]] = values;
            }
            else
            {
                faults.Add(new DataFault(
                    words[0], $"its row in {Path.GetFileName(path)} does not hold {FaceAttributes.Count} values of 1 or -1"));
            }
        }

        if (rows.Count < count)
        {
            faults.Add(new DataFault(
                Path.GetFileName(path),
                string.Create(CultureInfo.InvariantCulture, $"it announces {count} rows and holds {rows.Count} good ones")));
        }

        return rows;
    }

    /// <summary>For each column the attribute that it holds.</summary>
    private static int[] Order(string path, string line)
    {
        var names = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        int[] order = [.. names.Select(FaceAttributes.IndexOf)];
        var unknown = Array.IndexOf(order, -1);
        if (unknown >= 0)
        {
            throw new DataFileException(
                path, $"its second line names {PrintableText.Quote(names[unknown])}, which is no attribute of CelebA", "Fetch it again.");
        }

        return order.Distinct().Count() == FaceAttributes.Count && order.Length == FaceAttributes.Count
            ? order
            : throw new DataFileException(
                path, $"its second line does not name each of the {FaceAttributes.Count} attributes once", "Fetch it again.");
    }

    private static bool[]? Values(string[] words, int[] order)
    {
        if (words.Length != FaceAttributes.Count + 1)
        {
            return null;
        }

        var values = new bool[FaceAttributes.Count];
        for (var i = 0; i < values.Length; i++)
        {
            if (words[i + 1] is not ("1" or "-1"))
            {
                return null;
            }

            values[order[i]] = words[i + 1] == "1";
        }

        return values;
    }
}
