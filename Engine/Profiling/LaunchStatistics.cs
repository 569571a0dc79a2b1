using KernelDiff.Kernels;
using KernelDiff.Kernels.Measurement;

namespace KernelDiff.Engine.Profiling;

/// <summary>What the launches of a kernel took together, and each of them.</summary>
/// <param name="Calls">Number of launches.</param>
/// <param name="Seconds">Time of all launches without what only first calls take.</param>
/// <param name="Share">Part of the time of all kernels.</param>
/// <param name="FirstCallSeconds">
/// Compiling, and what else made the first launch of a shape longer than the median of those after it.
/// </param>
/// <param name="MedianSeconds">Half of the launches take at most this long.</param>
/// <param name="NinetiethSeconds">Nine in ten launches take at most this long.</param>
/// <param name="Bytes">Of all launches, each operand counted once.</param>
/// <param name="FloatingPointOperations">Of all launches, as the direct formula counts them.</param>
/// <param name="BytesPerSecond">Over <paramref name="Seconds"/>.</param>
/// <param name="FloatingPointOperationsPerSecond">Over <paramref name="Seconds"/>.</param>
/// <param name="ShareOfPeak">
/// The time that the scarcer resource of each launch needs at the device's peak, as a part of <paramref name="Seconds"/>; null where there
/// is no peak.
/// </param>
/// <param name="Bound">What most of that time goes to; null where there is no peak.</param>
public sealed record LaunchStatistics(
    int Calls,
    double Seconds,
    double Share,
    double FirstCallSeconds,
    double MedianSeconds,
    double NinetiethSeconds,
    long Bytes,
    long FloatingPointOperations,
    double BytesPerSecond,
    double FloatingPointOperationsPerSecond,
    double? ShareOfPeak,
    LaunchBound? Bound)
{
    /// <param name="shapes">Launches of one kernel, those of a shape together and in order.</param>
    /// <param name="ceiling">Of the device, null where it has none.</param>
    internal static LaunchStatistics Of(IReadOnlyList<IReadOnlyList<LaunchRecord>> shapes, DeviceCeiling? ceiling)
    {
        var sorted = shapes.SelectMany(SteadySeconds).Order().ToArray();
        var launches = shapes.SelectMany(shape => shape).ToArray();
        // A launch that was all compilation leaves nothing; rates must stay finite.
        var seconds = Math.Max(sorted.Sum(), 1e-9);
        var bytes = launches.Sum(launch => launch.Bytes);
        var operations = launches.Sum(launch => launch.FloatingPointOperations);
        var (compute, memory, either) = (0.0, 0.0, 0.0);
        if (ceiling is not null)
        {
            foreach (var shape in shapes)
            {
                var arithmetic = shape.Count * ceiling.ComputeSeconds(shape[0].FloatingPointOperations);
                var transfer = shape.Count * ceiling.MemorySeconds(shape[0].Bytes);
                compute += arithmetic;
                memory += transfer;
                either += Math.Max(arithmetic, transfer);
            }
        }

        return new LaunchStatistics(
            launches.Length,
            seconds,
            0,
            Math.Max(0, launches.Sum(launch => launch.Duration.TotalSeconds) - seconds),
            SampleSummary.Quantile(sorted, 0.5),
            SampleSummary.Quantile(sorted, 0.9),
            bytes,
            operations,
            bytes / seconds,
            operations / seconds,
            ceiling is null ? null : either / seconds,
            ceiling is null ? null : either < launches.Length * ceiling.LaunchSeconds ? LaunchBound.Launch
                : compute >= memory ? LaunchBound.Compute : LaunchBound.Memory);
    }

    /// <summary>Durations of the launches of one shape; the first counts no more than the median of the others.</summary>
    private static double[] SteadySeconds(IReadOnlyList<LaunchRecord> launches)
    {
        var seconds = launches.Select(launch => (launch.Duration - launch.Compilation).TotalSeconds).ToArray();
        if (seconds.Length > 1)
        {
            seconds[0] = Math.Min(seconds[0], SampleSummary.Quantile([.. seconds.Skip(1).Order()], 0.5));
        }

        return seconds;
    }
}
