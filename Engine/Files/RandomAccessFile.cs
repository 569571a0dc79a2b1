using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace KernelDiff.Engine.Files;

/// <summary>
/// A regular file opened for reading at given offsets. Reads, not a memory mapping: a file that shrinks or a disk that fails while it is
/// read becomes an exception, where a mapping would take the process down.
/// </summary>
internal sealed class RandomAccessFile : IDisposable
{
    private const string RetryAdvice = "Check the path, the permissions and the disk, and try again.";

    private readonly SafeFileHandle handle;

    private RandomAccessFile(string path, SafeFileHandle handle, long length)
    {
        Path = path;
        Length = length;
        this.handle = handle;
    }

    public string Path { get; }

    public long Length { get; }

    public static RandomAccessFile Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            string target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
            if (Directory.Exists(target))
                throw new WeightFileException(path, "this is a directory, not a file", "Name the weight file inside it.");

            // Opening a named pipe would wait for a writer for ever and a device has no end. Both report no size, as does an empty file.
            if (new FileInfo(target).Length == 0)
                throw new WeightFileException(path, "the file is empty or not a regular file", "Download or save it again.");

            SafeFileHandle handle = File.OpenHandle(target, options: FileOptions.RandomAccess);
            try
            {
                return new RandomAccessFile(path, handle, RandomAccess.GetLength(handle));
            }
            catch
            {
                handle.Dispose();
                throw;
            }
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new WeightFileException(path, "there is no such file", "Check the path.", exception);
        }
        catch (Exception exception) when (IsOperatingSystemError(exception))
        {
            throw new WeightFileException(path, $"the file cannot be opened ({exception.Message.TrimEnd('.')})", RetryAdvice, exception);
        }
    }

    /// <summary>Fills <paramref name="destination"/> with the bytes from <paramref name="offset"/> on.</summary>
    /// <exception cref="WeightFileException">The file ends before that, or the operating system reports an error.</exception>
    public void ReadExactly(long offset, Span<byte> destination)
    {
        try
        {
            while (!destination.IsEmpty)
            {
                int count = RandomAccess.Read(handle, destination, offset);
                if (count == 0)
                    throw Fault(string.Create(CultureInfo.InvariantCulture, $"the file ends at byte {offset} while it is being read"));
                destination = destination[count..];
                offset += count;
            }
        }
        catch (Exception exception) when (IsOperatingSystemError(exception))
        {
            throw new WeightFileException(Path, $"the file cannot be read ({exception.Message.TrimEnd('.')})", RetryAdvice, exception);
        }
    }

    public byte[] ReadBytes(long offset, int count)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(count);
        ReadExactly(offset, bytes);
        return bytes;
    }

    /// <summary>The exception for a file that is damaged or was made to do harm.</summary>
    public WeightFileException Fault(string fault) =>
        Fault(fault, "The file is damaged or was tampered with: fetch it again from a source you trust.");

    public WeightFileException Fault(string fault, string advice) => new(Path, fault, advice);

    public void Dispose() => handle.Dispose();

    private static bool IsOperatingSystemError(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException;
}
