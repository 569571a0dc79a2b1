using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using System.Runtime.InteropServices;

namespace KernelDiff.Benchmarks;

/// <summary>The physical memory of this process, as its system counts it.</summary>
internal static partial class ProcessMemory
{
    /// <summary>The most since the process started or <see cref="ReturnAndResetPeak"/> was called.</summary>
    public static long PeakBytes()
    {
        const string HighWaterMark = "VmHWM:";
        if (OperatingSystem.IsLinux()
            && File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(HighWaterMark, StringComparison.Ordinal)) is { } line)
        {
            return 1024 * long.Parse(line[HighWaterMark.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
        }

        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    /// <summary>
    /// Gives memory that only loading needed back to the system, and starts the peak anew from what is left. Elsewhere than on Linux the
    /// peak stays that of the whole process.
    /// </summary>
    public static void ReturnAndResetPeak()
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            _ = TrimHeap(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Not the GNU C library: what its heap keeps counts.
        }

        // proc(5): 5 resets the high water mark to the present size.
        File.WriteAllText("/proc/self/clear_refs", "5");
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int TrimHeap(nuint keep);
}
