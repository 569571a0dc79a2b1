namespace KernelDiff.Engine.Tests;

/// <summary>
/// Finds the folder of recorded fixtures and sample data that lies beside the repository but is not part of it: the environment variable
/// KERNELDIFF_SHARED, or else the folder <c>shared</c> next to the one that holds KernelDiff.sln.
/// </summary>
internal static class SharedData
{
    /// <summary>The folder, or null where this machine has none.</summary>
    public static string? Folder { get; } = Find();

    /// <summary>A file or folder in it. The test that asks is ignored, with the reason, where there is none.</summary>
    public static string Require(params ReadOnlySpan<string> parts)
    {
        if (Folder is null)
        {
            Assert.Ignore("needs the recorded data: no folder 'shared' lies beside the repository and KERNELDIFF_SHARED is not set");
            return string.Empty;
        }

        string path = Path.Combine([Folder, .. parts]);
        if (!Path.Exists(path))
            Assert.Ignore($"needs the recorded data: {path} does not exist");
        return path;
    }

    private static string? Find()
    {
        string? named = Environment.GetEnvironmentVariable("KERNELDIFF_SHARED");
        if (!string.IsNullOrEmpty(named))
            return Directory.Exists(named) ? named : null;
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "KernelDiff.sln")))
            folder = folder.Parent;
        string? shared = folder?.Parent is null ? null : Path.Combine(folder.Parent.FullName, "shared");
        return Directory.Exists(shared) ? shared : null;
    }
}
