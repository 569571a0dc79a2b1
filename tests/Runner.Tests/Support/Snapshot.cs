namespace KernelDiff.Runner.Tests;

/// <summary>
/// Text that is compared with a committed file in <c>Snapshots/</c>. With KERNELDIFF_UPDATE_SNAPSHOTS=1 the files are rewritten
/// instead, to be reviewed as a diff.
/// </summary>
internal static class Snapshot
{
    public static void Verify(string actual, string name)
    {
        var path = Path.Combine(Folder(), name + ".txt");
        if (Environment.GetEnvironmentVariable("KERNELDIFF_UPDATE_SNAPSHOTS") == "1")
        {
            File.WriteAllText(path, actual);
        }

        Assert.That(path, Does.Exist, "Run the tests with KERNELDIFF_UPDATE_SNAPSHOTS=1 to write new snapshots, then review them.");
        Assert.That(
            actual,
            Is.EqualTo(File.ReadAllText(path)),
            $"{name} changed. If that is intended, run the tests with KERNELDIFF_UPDATE_SNAPSHOTS=1 and review the diff.");
    }

    /// <summary>Names of the committed snapshots that start with <paramref name="prefix"/>.</summary>
    public static IEnumerable<string> Names(string prefix) =>
        Directory.EnumerateFiles(Folder(), prefix + "*.txt").Select(path => Path.GetFileNameWithoutExtension(path));

    // In the source tree, so that an update lands where it is committed.
    private static string Folder() => Path.Combine(Repository.Root, "tests", "Runner.Tests", "Snapshots");
}
