using System.Runtime.InteropServices;

namespace KernelDiff.Kernels.Cpu;

/// <summary>Asks Linux to back large buffers with huge pages. A refusal costs speed only, so it is ignored.</summary>
internal static unsafe partial class HugePages
{
    private const int MadviseHugePage = 14;

    public static void Advise(void* start, long byteLength)
    {
        if (OperatingSystem.IsLinux())
        {
            _ = MemoryAdvise(start, (nuint)byteLength, MadviseHugePage);
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MemoryAdvise(void* start, nuint length, int advice);
}
