using KernelDiff.Engine.Profiling;

namespace KernelDiff.Runner.Commands;

/// <summary>What <c>kerneldiff profile --json</c> prints, and <c>--compare</c> reads.</summary>
/// <param name="Version">Version and commit of kerneldiff.</param>
/// <param name="Command">What was profiled.</param>
/// <param name="ExitCode">How it ended.</param>
/// <param name="WallSeconds">From its start to its end.</param>
/// <param name="BeforeFirstLaunchSeconds">The part of it before the first launch.</param>
/// <param name="Devices">What each device did, and what it can do.</param>
/// <param name="Kernels">By variant, and in each by shape; the longest first.</param>
/// <param name="Comparison">With an older document, null where none was named.</param>
internal sealed record ProfileDocument(
    string Version,
    string Command,
    int ExitCode,
    double WallSeconds,
    double BeforeFirstLaunchSeconds,
    IReadOnlyList<ProfiledDevice> Devices,
    IReadOnlyList<KernelProfile> Kernels,
    ProfileComparison? Comparison);

/// <summary>A device of a profile; the peaks of the simulator are null.</summary>
/// <param name="Name">Name of the device.</param>
/// <param name="Hardware">The hardware and how it is driven.</param>
/// <param name="PeakFloatingPointOperationsPerSecond">Measured with multiply-adds in registers.</param>
/// <param name="PeakMemoryBytesPerSecond">Measured with a copy that no cache holds.</param>
/// <param name="LaunchSeconds">What a launch takes that has one element to compute.</param>
/// <param name="Activity">Where its time went.</param>
internal sealed record ProfiledDevice(
    string Name,
    string Hardware,
    double? PeakFloatingPointOperationsPerSecond,
    double? PeakMemoryBytesPerSecond,
    double? LaunchSeconds,
    DeviceActivity Activity)
{
    public static ProfiledDevice From(DeviceActivity activity, string hardware, DeviceCeiling? ceiling) => new(
        activity.Name,
        hardware,
        ceiling?.FloatingPointOperationsPerSecond,
        ceiling?.MemoryBytesPerSecond,
        ceiling?.LaunchSeconds,
        activity);
}
