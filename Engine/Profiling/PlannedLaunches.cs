using KernelDiff.Kernels;

namespace KernelDiff.Engine.Profiling;

/// <summary>A shape for which a plan can choose a variant.</summary>
/// <param name="Operation">Name of the operation.</param>
/// <param name="Shape">The sizes of one image.</param>
public readonly record struct PlannedLaunch(string Operation, string Shape);

/// <summary>Finds what of a network's work a plan can choose variants for.</summary>
public static class PlannedLaunches
{
    /// <summary>Does the work once and tells its distinct shapes in the order in which they come.</summary>
    public static IReadOnlyList<PlannedLaunch> Of(Device device, NetworkWorkload workload)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(workload);
        var found = new OrderedDictionary<PlannedLaunch, bool>();
        void Record(LaunchRecord launch)
        {
            if (launch.PlannedShape is { } shape)
            {
                found.TryAdd(new PlannedLaunch(launch.Operation, shape), true);
            }
        }

        device.Timeline.Launched += Record;
        try
        {
            workload.Run();
        }
        finally
        {
            device.Timeline.Launched -= Record;
        }

        return [.. found.Keys];
    }
}
