using System.Globalization;
using System.Numerics;

namespace KernelDiff.Kernels.Measurement;

/// <summary>How much memory displaces what the caches of a device hold.</summary>
internal static class CacheSizes
{
    /// <summary>Larger than the second-level cache of any GPU so far.</summary>
    private const long GpuFlushBytes = 256L << 20;

    /// <summary>Taken where the system does not tell.</summary>
    private const long DefaultLastLevelBytes = 32L << 20;

    private const long MostFlushBytes = 512L << 20;

    private static readonly long LastLevelBytes = ReadLastLevel("/sys/devices/system/cpu/cpu0/cache") ?? DefaultLastLevelBytes;

    /// <summary>A power of two; for devices that run on this machine's processor, four times its last-level cache within limits.</summary>
    public static long FlushBytes(Device device) => device.Class == DeviceClass.Gpu
        ? GpuFlushBytes
        : Math.Min(MostFlushBytes, (long)BitOperations.RoundUpToPowerOf2((ulong)LastLevelBytes * 4));

    /// <summary>The largest cache under a directory laid out as Linux's; null where it tells nothing.</summary>
    internal static long? ReadLastLevel(string directory)
    {
        try
        {
            return Directory.EnumerateDirectories(directory, "index*")
                .Select(index => ParseSize(File.ReadAllText(Path.Combine(index, "size")).Trim()))
                .Max();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Sizes are written as 48K or 32M.</summary>
    private static long? ParseSize(string text)
    {
        var digits = text.TrimEnd('K', 'M', 'G');
        var unit = text[digits.Length..] switch
        {
            "K" => 1L << 10,
            "M" => 1L << 20,
            "G" => 1L << 30,
            _ => 1L,
        };
        return unit * long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
    }
}
