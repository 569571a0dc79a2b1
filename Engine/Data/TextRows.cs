using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Data;

/// <summary>Lines of annotation files.</summary>
internal static class TextRows
{
    private const long LargestFile = 1 << 28;

    /// <summary>The lines of a text file, trimmed.</summary>
    /// <exception cref="DataFileException">The file is missing, too large or cannot be read.</exception>
    public static IEnumerable<string> Read(string path)
    {
        try
        {
            return new FileInfo(path).Length <= LargestFile
                ? File.ReadAllLines(path).Select(line => line.Trim())
                : throw new DataFileException(path, "it is larger than any list of annotations", "Check that it is the right file.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataFileException(
                path, $"it cannot be read ({exception.Message.TrimEnd('.')})", "Check the path and the permissions.", exception);
        }
    }
}
