using KernelDiff.Kernels;

namespace KernelDiff.Engine.Profiling;

/// <summary>Where the time of a device went.</summary>
/// <param name="Name">Name of the device.</param>
/// <param name="Launches">How many there were.</param>
/// <param name="KernelSeconds">In launches, without <paramref name="FirstCallSeconds"/>.</param>
/// <param name="FirstCallSeconds">Compiling, and what else made first launches longer than those after them.</param>
/// <param name="CompilationSeconds">The part of it that was seen to be compilation.</param>
/// <param name="CopySeconds">In copies outside of launches.</param>
/// <param name="HostSeconds">Between the first launch and the end of the last one, when neither a launch nor a copy ran.</param>
/// <param name="PeakBytes">The most memory that was in use at one time.</param>
/// <param name="Copies">By direction.</param>
public sealed record DeviceActivity(
    string Name,
    int Launches,
    double KernelSeconds,
    double FirstCallSeconds,
    double CompilationSeconds,
    double CopySeconds,
    double HostSeconds,
    long PeakBytes,
    IReadOnlyList<CopyTotal> Copies)
{
    /// <param name="device">What was recorded.</param>
    /// <param name="kernels">Of all devices.</param>
    public static DeviceActivity Of(RecordedDevice device, IReadOnlyList<KernelProfile> kernels)
    {
        ArgumentNullException.ThrowIfNull(device);
        var own = kernels.Where(kernel => kernel.Device == device.Name).ToArray();
        var copies = device.Copies
            .GroupBy(copy => copy.Kind)
            .OrderBy(group => group.Key)
            .Select(group => new CopyTotal(
                group.Key, group.Count(), group.Sum(copy => copy.Bytes), group.Sum(copy => copy.Duration.TotalSeconds)))
            .ToArray();
        return new DeviceActivity(
            device.Name,
            device.Launches.Count,
            own.Sum(kernel => kernel.Total.Seconds),
            own.Sum(kernel => kernel.Total.FirstCallSeconds),
            device.Launches.Sum(launch => launch.Compilation.TotalSeconds),
            copies.Sum(copy => copy.Seconds),
            IdleSeconds(device),
            device.PeakBytes,
            copies);
    }

    private static double IdleSeconds(RecordedDevice device)
    {
        if (device.Launches.Count == 0)
        {
            return 0;
        }

        var (first, last) = (device.Launches[0].Start, device.Launches[^1].Start + device.Launches[^1].Duration);
        var launches = device.Launches.Sum(launch => launch.Duration.TotalSeconds);
        var copies = device.Copies
            .Where(copy => copy.Start >= first && copy.Start < last)
            .Sum(copy => copy.Duration.TotalSeconds);
        return Math.Max(0, (last - first).TotalSeconds - launches - copies);
    }
}

/// <summary>All copies in one direction.</summary>
/// <param name="Kind">The direction.</param>
/// <param name="Count">How many.</param>
/// <param name="Bytes">Written.</param>
/// <param name="Seconds">Until they were complete.</param>
public sealed record CopyTotal(CopyKind Kind, int Count, long Bytes, double Seconds);
