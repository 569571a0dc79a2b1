using KernelDiff.Kernels.Measurement;

namespace KernelDiff.Runner.Commands;

/// <summary>What <c>kerneldiff bench --json</c> prints.</summary>
/// <param name="Version">Version and commit of kerneldiff.</param>
/// <param name="Device">What <c>--device</c> named or chose.</param>
/// <param name="Hardware">The hardware and how it is driven.</param>
/// <param name="Cold">Whether caches were flushed before every launch.</param>
/// <param name="Cancelled">Whether shapes are missing because the run was cancelled.</param>
/// <param name="PeakFloatingPointOperationsPerSecond">Measured with multiply-adds in registers.</param>
/// <param name="PeakMemoryBytesPerSecond">Measured with a copy that no cache holds.</param>
/// <param name="Results">One per variant and shape, in the order of the registry.</param>
/// <param name="Comparisons">With <c>--against</c>, one per shape on which both variants are right.</param>
/// <param name="GeometricMean">Over the results that are right.</param>
internal sealed record BenchDocument(
    string Version,
    string Device,
    string Hardware,
    bool Cold,
    bool Cancelled,
    double PeakFloatingPointOperationsPerSecond,
    double PeakMemoryBytesPerSecond,
    IReadOnlyList<BenchResultEntry> Results,
    IReadOnlyList<BenchComparisonEntry> Comparisons,
    BenchMean GeometricMean)
{
    public static BenchDocument From(BenchSession session) => new(
        VersionAction.Version,
        session.Device.Name,
        ExecutionOptions.Describe(session.Device),
        session.Cold,
        session.IsCancelled,
        session.Peak.FloatingPointOperationsPerSecond,
        session.Peak.MemoryBytesPerSecond,
        [.. session.Results.Select(BenchResultEntry.From)],
        [.. session.Comparisons.Select(BenchComparisonEntry.From)],
        BenchMean.Of(session.Results));
}

/// <summary>A variant on a shape. All figures but the sizes are null where the result was wrong.</summary>
/// <param name="Operation">Name of the operation.</param>
/// <param name="Shape">Name of the shape.</param>
/// <param name="Variant">The variant that ran.</param>
/// <param name="Correct">Whether the result agrees with the reference.</param>
/// <param name="Fault">What differs, null if nothing does.</param>
/// <param name="Bytes">Bytes of a launch, each operand counted once.</param>
/// <param name="FloatingPointOperations">Operations of a launch, as the direct formula counts them.</param>
/// <param name="MedianSeconds">Median time of a launch.</param>
/// <param name="LowSeconds">20th percentile.</param>
/// <param name="HighSeconds">80th percentile.</param>
/// <param name="MinimumSeconds">Shortest sample.</param>
/// <param name="Samples">Number of samples.</param>
/// <param name="LaunchesPerSample">Launches that a sample averages over.</param>
/// <param name="BytesPerSecond">At the median.</param>
/// <param name="FloatingPointOperationsPerSecond">At the median.</param>
/// <param name="ShareOfPeak">Time of the scarcer resource at its peak as a part of the median.</param>
/// <param name="Bound">The scarcer resource: compute or memory.</param>
internal sealed record BenchResultEntry(
    string Operation,
    string Shape,
    string Variant,
    bool Correct,
    string? Fault,
    long Bytes,
    long FloatingPointOperations,
    double? MedianSeconds,
    double? LowSeconds,
    double? HighSeconds,
    double? MinimumSeconds,
    int? Samples,
    int? LaunchesPerSample,
    double? BytesPerSecond,
    double? FloatingPointOperationsPerSecond,
    double? ShareOfPeak,
    LaunchBound? Bound)
{
    public static BenchResultEntry From(BenchResult result) => new(
        result.Launch.Operation,
        result.Shape,
        result.Launch.Variant,
        result.Fault is null,
        result.Fault,
        result.Launch.Bytes,
        result.Launch.FloatingPointOperations,
        result.Timing?.Seconds.Median,
        result.Timing?.Seconds.Low,
        result.Timing?.Seconds.High,
        result.Timing?.Seconds.Minimum,
        result.Timing?.Seconds.Count,
        result.Timing?.LaunchesPerSample,
        result.Rate?.BytesPerSecond,
        result.Rate?.FloatingPointOperationsPerSecond,
        result.Rate?.ShareOfPeak,
        result.Rate?.Bound);
}

/// <summary>Geometric means; null where no result has a positive figure.</summary>
/// <param name="Timed">Results that were timed.</param>
/// <param name="BytesPerSecond">Mean of the rates.</param>
/// <param name="FloatingPointOperationsPerSecond">Mean of the rates, operations without arithmetic left out.</param>
/// <param name="ShareOfPeak">Mean of the shares.</param>
internal sealed record BenchMean(int Timed, double? BytesPerSecond, double? FloatingPointOperationsPerSecond, double? ShareOfPeak)
{
    public static BenchMean Of(IReadOnlyList<BenchResult> results)
    {
        var rates = results.Select(result => result.Rate).OfType<LaunchRate>().ToList();
        return new BenchMean(
            rates.Count,
            LaunchRate.GeometricMean(rates.Select(rate => rate.BytesPerSecond)),
            LaunchRate.GeometricMean(rates.Select(rate => rate.FloatingPointOperationsPerSecond)),
            LaunchRate.GeometricMean(rates.Select(rate => rate.ShareOfPeak)));
    }
}

/// <summary>How many times as long one variant takes as another. Samples alternate, and each round has its ratio.</summary>
/// <param name="Operation">Name of the operation.</param>
/// <param name="Shape">Name of the shape.</param>
/// <param name="Variant">The variant in question.</param>
/// <param name="Against">The one it is compared with.</param>
/// <param name="MedianRatio">Below 1 where the variant is faster.</param>
/// <param name="LowRatio">20th percentile.</param>
/// <param name="HighRatio">80th percentile.</param>
/// <param name="Rounds">Number of ratios.</param>
internal sealed record BenchComparisonEntry(
    string Operation, string Shape, string Variant, string Against, double MedianRatio, double LowRatio, double HighRatio, int Rounds)
{
    public static BenchComparisonEntry From(BenchComparison comparison) => new(
        comparison.Operation,
        comparison.Shape,
        comparison.Variant,
        comparison.Against,
        comparison.Ratio.Median,
        comparison.Ratio.Low,
        comparison.Ratio.High,
        comparison.Ratio.Count);
}
