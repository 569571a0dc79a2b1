namespace KernelDiff.Engine.Tests.Files;

/// <summary>A folder that lives as long as a test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kerneldiff-");

    public string Path => _folder.FullName;

    public string[] FileNames => [.. _folder.GetFiles().Select(file => file.Name).Order(StringComparer.Ordinal)];

    public string PathOf(string name) => System.IO.Path.Combine(_folder.FullName, name);

    /// <summary>Writes a file and returns its path.</summary>
    public string Write(string name, byte[] content)
    {
        File.WriteAllBytes(PathOf(name), content);
        return PathOf(name);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
