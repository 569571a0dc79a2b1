namespace KernelDiff.Benchmarks;

/// <summary>The source tree that this program was built from.</summary>
internal static class Repository
{
    private const string Solution = "KernelDiff.sln";

    /// <exception cref="DirectoryNotFoundException">The program was moved out of the tree.</exception>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, Solution)))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"{Solution} is in no folder above {AppContext.BaseDirectory}");
    }
}
