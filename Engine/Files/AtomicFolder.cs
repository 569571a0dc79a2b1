namespace KernelDiff.Engine.Files;

/// <summary>
/// Makes a folder so that under its name either nothing or the complete content stands: it is filled under a temporary name beside and
/// renamed at the end. Without <see cref="Commit"/> nothing remains, unless the process is killed; then the temporary folder does.
/// </summary>
internal sealed class AtomicFolder : IDisposable
{
    private readonly string path;
    private bool isCommitted;

    /// <param name="path">The folder to make. An empty folder of this name is replaced.</param>
    /// <exception cref="IOException">The name is taken, or the folder above cannot be written.</exception>
    public AtomicFolder(string path)
    {
        this.path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        RefuseTakenName();
        var parent = Path.GetDirectoryName(this.path) ?? throw new IOException($"'{path}' is a root folder.");
        WritingPath = Path.Combine(parent, $".{Path.GetFileName(this.path)}.{Guid.NewGuid():N}.tmp");
        try
        {
            Directory.CreateDirectory(WritingPath);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException($"{PrintableText.Escape(path)} cannot be made: {exception.Message}", exception);
        }
    }

    /// <summary>Where the content is to be written.</summary>
    public string WritingPath { get; }

    /// <summary>Gives the folder its name.</summary>
    /// <exception cref="IOException">The name was taken meanwhile, or the disk fails.</exception>
    public void Commit()
    {
        RefuseTakenName();
        if (Directory.Exists(path))
        {
            Directory.Delete(path);
        }

        Directory.Move(WritingPath, path);
        isCommitted = true;
    }

    public void Dispose()
    {
        if (!isCommitted && Directory.Exists(WritingPath))
        {
            Directory.Delete(WritingPath, recursive: true);
        }
    }

    private void RefuseTakenName()
    {
        if (File.Exists(path) || (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()))
        {
            throw new IOException(
                $"{PrintableText.Escape(path)} exists and is not an empty folder. Choose another name, or remove it first.");
        }
    }
}
