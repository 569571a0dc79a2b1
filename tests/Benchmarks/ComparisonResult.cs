using KernelDiff.Kernels.Measurement;

namespace KernelDiff.Benchmarks;

/// <summary>What one side took.</summary>
/// <param name="Name">Of the column.</param>
/// <param name="Description">Version, and what was chosen; null where it did not run.</param>
/// <param name="Seconds">Of a run.</param>
/// <param name="Difference">Largest difference of its output from ours, as a part of the largest value; 0 for ours.</param>
/// <param name="PeakRunBytes">The most physical memory of its process once the workload was loaded.</param>
/// <param name="PeakBytes">The most physical memory of its process, loading included.</param>
/// <param name="PeakDeviceBytes">The most that weights, activations and workspace took on the device; 0 where this is not counted.</param>
/// <param name="Fault">Why it did not run, or null.</param>
internal sealed record SideResult(
    string Name,
    string? Description = null,
    SampleSummary? Seconds = null,
    double Difference = 0,
    long PeakRunBytes = 0,
    long PeakBytes = 0,
    long PeakDeviceBytes = 0,
    string? Fault = null);

/// <summary>A row of the table.</summary>
/// <param name="Workload">Its name.</param>
/// <param name="Images">Images of one run.</param>
/// <param name="Sides">Ours first.</param>
/// <param name="Ratio">Median of the fastest rival divided by ours; null without rivals.</param>
/// <param name="Goal">What is to be reached; null where nothing is.</param>
/// <param name="Reached"><c>aim</c>, <c>must</c> or <c>no</c>; null without ratio or goal.</param>
/// <param name="MemoryRatio">Our peak of a run divided by that of ONNX Runtime or, for training, of libtorch; null where it did not run.</param>
/// <param name="MemoryGoal">The most that this may be.</param>
internal sealed record ComparisonResult(
    string Workload,
    int Images,
    IReadOnlyList<SideResult> Sides,
    double? Ratio,
    Goal? Goal,
    string? Reached,
    double? MemoryRatio,
    double MemoryGoal)
{
    public static ComparisonResult Of(BenchmarkCase benchmark, string device, IReadOnlyList<SideResult> sides)
    {
        var (own, rivals) = (sides[0], sides.Skip(1).Where(side => side.Seconds is not null).ToList());
        var ratio = rivals.Count > 0 ? rivals.Min(side => side.Seconds!.Median) / own.Seconds!.Median : (double?)null;
        var goal = benchmark.GoalOn(device);
        var rival = rivals.Find(side => side.Name == (benchmark.Workload.IsTraining ? Comparison.Libtorch : Comparison.Onnx));
        return new ComparisonResult(
            benchmark.Name,
            benchmark.Workload.Batch,
            sides,
            ratio,
            goal,
            ratio is null || goal is null ? null : ratio >= goal.Aim ? "aim" : ratio >= goal.Must ? "must" : "no",
            rival is null ? null : (double)own.PeakRunBytes / rival.PeakRunBytes,
            benchmark.MemoryGoal);
    }

    public SideResult? Of(string side) => Sides.FirstOrDefault(result => result.Name == side);
}
