using System.Globalization;
using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Data;

/// <summary>
/// CelebA-HQ-to-CelebA-mapping.txt: a header, then for each picture of CelebA-HQ its index, and index and file name in CelebA. CelebA's
/// official partition goes by file number (list_eval_partition.txt): train up to 162770, validation up to 182637, test the rest.
/// </summary>
internal static class CelebAMapping
{
    private const int LastOfTrain = 162_770;
    private const int LastOfValidation = 182_637;
    private const int LastOfTest = 202_599;

    /// <summary>The part of each CelebA-HQ index.</summary>
    /// <exception cref="DataFileException">The file cannot be read or a row is malformed.</exception>
    public static Dictionary<int, FacePartition> Read(string path)
    {
        var parts = new Dictionary<int, FacePartition>();
        var number = 0;
        foreach (var line in TextRows.Read(path))
        {
            number++;
            var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || (number == 1 && !char.IsAsciiDigit(words[0][0])))
            {
                continue;
            }

            parts[int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var index) && words.Length == 3
                ? index
                : throw Malformed(path, number)] = PartOf(words[2]) ?? throw Malformed(path, number);
        }

        return parts;
    }

    /// <summary>The part of a file of CelebA, such as 119614.jpg; null where it is none.</summary>
    public static FacePartition? PartOf(string celebAFile) =>
        int.TryParse(Path.GetFileNameWithoutExtension(celebAFile), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number switch
            {
                >= 1 and <= LastOfTrain => FacePartition.Train,
                > LastOfTrain and <= LastOfValidation => FacePartition.Validation,
                > LastOfValidation and <= LastOfTest => FacePartition.Test,
                _ => null,
            }
            : null;

    private static DataFileException Malformed(string path, int line) => new(
        path,
        string.Create(CultureInfo.InvariantCulture, $"line {line} does not hold a CelebA-HQ index, a CelebA index and a CelebA file"),
        "Fetch it again.");
}
