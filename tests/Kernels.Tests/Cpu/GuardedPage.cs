using System.Runtime.InteropServices;

namespace KernelDiff.Kernels.Tests.Cpu;

/// <summary>A page of writable memory followed by one that cannot be touched.</summary>
internal sealed unsafe partial class GuardedPage : IDisposable
{
    private const int ReadWrite = 3;
    private const int PrivateAnonymous = 0x22;

    private readonly nint _start;
    private readonly int _pageSize = Environment.SystemPageSize;

    public GuardedPage()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("Pages are guarded through Linux's mprotect.");
        _start = Map(0, 2 * _pageSize, ReadWrite, PrivateAnonymous, -1, 0);
        Assert.That(_start, Is.Not.EqualTo(-1), "mmap failed");
        Assert.That(Protect(_start + _pageSize, _pageSize, 0), Is.Zero, "mprotect failed");
    }

    /// <summary>The first byte that cannot be touched.</summary>
    public byte* End => (byte*)_start + _pageSize;

    public void Dispose() => _ = Unmap(_start, 2 * _pageSize);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nint length);
}
