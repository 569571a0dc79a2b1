using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KernelDiff.Engine.Files;

/// <summary>
/// Writes a file so that at every moment either the old or the complete new content stands under its name, also after a crash or a power
/// failure: the content goes to a temporary file in the same folder (unique per write, so that two writers cannot mix), is flushed to the
/// disk, takes the name in one step, and then the folder is flushed. Without <see cref="Commit"/> nothing remains.
/// </summary>
/// <remarks>All failures, a full disk among them, are <see cref="IOException"/>s that name the file which could not be written.</remarks>
public sealed partial class AtomicFile : IDisposable
{
    private readonly string path;
    private readonly string target;
    private readonly string temporary;
    private readonly SafeFileHandle handle;
    private bool isCommitted;

    /// <param name="path">The file to write; where it is a link, the file that the link leads to.</param>
    /// <param name="length">The final length in bytes where it is known, so that a disk without room is noticed at once.</param>
    /// <exception cref="IOException">The folder does not exist or cannot be written, or the disk has no room.</exception>
    public AtomicFile(string path, long length = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        this.path = path;
        string folder = string.Empty;
        (target, temporary, handle) = Guard(() =>
        {
            var named = new FileInfo(path);
            string target = named.LinkTarget is null ? named.FullName : named.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
            folder = Path.GetDirectoryName(target) ?? throw new IOException("this is a root folder");
            if (!Directory.Exists(folder))
                throw new IOException("its folder does not exist");
            if (Directory.Exists(target))
                throw new IOException("a folder has this name");
            string temporary = Path.Combine(folder, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}.tmp");
            return (target, temporary, CreateFile(temporary, length));
        });
    }

    /// <summary>Writes a small file in one call.</summary>
    /// <exception cref="IOException">The file cannot be written; an older one of this name is unchanged.</exception>
    public static void WriteAllBytes(string path, ReadOnlySpan<byte> content)
    {
        using var file = new AtomicFile(path, content.Length);
        file.Write(0, content);
        file.Commit();
    }

    /// <summary>Writes bytes at an offset; parts may be written in any order.</summary>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(handle, bytes, offset);
        }
        catch (Exception exception) when (IsOperatingSystemError(exception))
        {
            throw Failure(exception);
        }
    }

    /// <summary>Makes what was written the content of the file.</summary>
    /// <exception cref="IOException">The disk fails; an older file of this name is unchanged.</exception>
    public void Commit() => Guard(() =>
    {
        RandomAccess.FlushToDisk(handle);
        handle.Dispose();
        File.Move(temporary, target, overwrite: true);
        isCommitted = true;
        FlushFolder(Path.GetDirectoryName(target)!);
        return true;
    });

    public void Dispose()
    {
        handle.Dispose();
        if (!isCommitted)
            DeleteQuietly(temporary);
    }

    private static SafeFileHandle CreateFile(string temporary, long length)
    {
        try
        {
            return File.OpenHandle(
                temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.None, preallocationSize: length);
        }
        catch
        {
            DeleteQuietly(temporary);
            throw;
        }
    }

    private static void DeleteQuietly(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception exception) when (IsOperatingSystemError(exception))
        {
            // The failure that led here is the one to report; a disk that cannot delete either cannot be helped.
        }
    }

    private static void FlushFolder(string folder)
    {
        // Windows orders the rename with the file system's own journal and cannot flush a folder.
        if (OperatingSystem.IsWindows())
            return;
        int descriptor = OpenFolder(folder, 0);
        if (descriptor < 0)
            return;
        _ = FlushDescriptor(descriptor);
        _ = CloseDescriptor(descriptor);
    }

    private static bool IsOperatingSystemError(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException;

    private T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception exception) when (IsOperatingSystemError(exception))
        {
            throw Failure(exception);
        }
    }

    private IOException Failure(Exception exception) => new(
        $"{PrintableText.Escape(path)} cannot be written: {exception.Message.TrimEnd('.')}. An older file of this name is unchanged.",
        exception);

    // .NET refuses to open a folder, and a rename is only durable once its folder is flushed.
    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFolder(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int FlushDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseDescriptor(int descriptor);
}
