namespace KernelDiff.Kernels.Generator;

/// <summary>Every file that this program writes, and the two things to do with them: write, and compare with what is checked in.</summary>
public static class GeneratedFiles
{
    public static IReadOnlyList<IGeneratedFile> All { get; } =
    [
        .. MicroKernelTarget.All.Select(target => new MicroKernelFile(target)),
        .. ColumnsFile.All,
        .. RowsFile.All,
    ];

    /// <summary>Writes the files whose text differs from what lies under <paramref name="root"/>, and returns their paths.</summary>
    public static IReadOnlyList<string> Write(string root)
    {
        IGeneratedFile[] stale = [.. FindStale(root)];
        foreach (IGeneratedFile file in stale)
        {
            string path = Path.Combine(root, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, file.Text);
        }

        return [.. stale.Select(file => file.Path)];
    }

    /// <summary>Returns the paths of the files that are missing under <paramref name="root"/> or differ from what would be written.</summary>
    public static IReadOnlyList<string> Check(string root) => [.. FindStale(root).Select(file => file.Path)];

    /// <summary>Finds the root of the repository: the nearest directory, from <paramref name="start"/> upwards, with the solution in it.</summary>
    /// <exception cref="DirectoryNotFoundException">No directory on the way up holds KernelDiff.sln.</exception>
    public static string FindRoot(string start)
    {
        for (DirectoryInfo? directory = new(start); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "KernelDiff.sln")))
                return directory.FullName;
        }

        throw new DirectoryNotFoundException($"Neither {start} nor a directory above it holds KernelDiff.sln; run from inside the repository.");
    }

    private static IEnumerable<IGeneratedFile> FindStale(string root) => All.Where(file =>
    {
        string path = Path.Combine(root, file.Path);
        return !File.Exists(path) || File.ReadAllText(path) != file.Text;
    });
}
