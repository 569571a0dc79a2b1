namespace KernelDiff.Engine.Tests.Files;

/// <summary>A folder that lives as long as a test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kerneldiff-");

    public string Path => folder.FullName;

    public string[] FileNames => [.. folder.GetFiles().Select(file => file.Name).Order(StringComparer.Ordinal)];

    public string PathOf(string name) => System.IO.Path.Combine(folder.FullName, name);

    /// <summary>Writes a file and returns its path.</summary>
    public string Write(string name, byte[] content)
    {
        File.WriteAllBytes(PathOf(name), content);
        return PathOf(name);
    }

    public void Dispose() => folder.Delete(recursive: true);
}
