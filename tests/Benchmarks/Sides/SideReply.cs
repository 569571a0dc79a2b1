namespace KernelDiff.Benchmarks;

/// <summary>
/// What a side in a process of its own writes to stdout for every line on stdin, as one line of JSON. It writes one without being asked
/// when it has loaded the workload.
/// </summary>
/// <param name="Fault">Why it cannot go on; it ends then. Null where all is well.</param>
/// <param name="Description">In the first reply: version, and what was chosen.</param>
/// <param name="Seconds">To <c>run</c>: what the run took.</param>
/// <param name="PeakBytes">To <c>memory</c>: the most physical memory that the process had since it started.</param>
/// <param name="PeakRunBytes">To <c>memory</c>: the most that it had since it had loaded the workload.</param>
/// <param name="PeakDeviceBytes">To <c>memory</c>: the most that was in use on its device; 0 where this is not counted.</param>
internal sealed record SideReply(
    string? Fault = null,
    string? Description = null,
    double Seconds = 0,
    long PeakBytes = 0,
    long PeakRunBytes = 0,
    long PeakDeviceBytes = 0);

/// <summary>What a line on a side's stdin may be.</summary>
internal static class SideRequest
{
    /// <summary>Run once and tell what it took.</summary>
    public const string Run = "run";

    /// <summary>Followed by a path: run once and write the output there, as fp32.</summary>
    public const string Output = "output ";

    /// <summary>Tell the peaks of memory.</summary>
    public const string Memory = "memory";
}
