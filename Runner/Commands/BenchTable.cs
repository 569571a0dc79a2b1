using System.Globalization;
using KernelDiff.Kernels.Measurement;

namespace KernelDiff.Runner.Commands;

/// <summary>Prints measurements for people: the device and its peaks, a row per variant and shape, the geometric mean.</summary>
internal static class BenchTable
{
    public static void Write(RunnerConsole console, BenchSession session)
    {
        var caches = session.Cold ? "flushed" : "warm";
        console.Out.WriteLine($"{session.Device.Name}: {ExecutionOptions.Describe(session.Device)}; version {VersionAction.Version}");
        if (session.Results.Count == 0)
        {
            return;
        }

        console.Out.WriteLine(
            $"measured peaks: {Units.Giga(session.Peak.FloatingPointOperationsPerSecond)} GFLOP/s, "
            + $"{Units.Giga(session.Peak.MemoryBytesPerSecond)} GB/s from memory; caches {caches}");
        var table = new ResultTable(
            ("Operation", ColumnKind.Name),
            ("Shape", ColumnKind.Name),
            ("Variant", ColumnKind.Name),
            ("Median", ColumnKind.Number),
            ("Spread", ColumnKind.Number),
            ("GB/s", ColumnKind.Number),
            ("GFLOP/s", ColumnKind.Number),
            ("Of peak", ColumnKind.Number),
            ("Bound", ColumnKind.Name));
        foreach (var result in session.Results)
        {
            table.Add([result.Launch.Operation, result.Shape, result.Launch.Variant, .. Figures(result)]);
        }

        table.Write(console);
        foreach (var (operation, shape, variant, against, ratio) in session.Comparisons)
        {
            console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{operation} {shape}: {variant} takes {ratio.Median:0.000} of the time of {against} ({ratio.Low:0.000} to {ratio.High:0.000} in 60 % of {ratio.Count} rounds)"));
        }

        var mean = BenchMean.Of(session.Results);
        if (mean.Timed > 1)
        {
            console.Out.WriteLine(
                $"geometric mean of {mean.Timed}: {Giga(mean.BytesPerSecond)} GB/s, {Giga(mean.FloatingPointOperationsPerSecond)} GFLOP/s, "
                + $"{Units.Percent(mean.ShareOfPeak ?? 0)} of peak");
        }
    }

    private static string[] Figures(BenchResult result) => result is { Timing: { } timing, Rate: { } rate }
        ?
        [
            Units.Seconds(timing.Seconds.Median),
            Units.Percent(timing.Seconds.Spread),
            Units.Giga(rate.BytesPerSecond),
            rate.FloatingPointOperationsPerSecond > 0 ? Units.Giga(rate.FloatingPointOperationsPerSecond) : "-",
            Units.Percent(rate.ShareOfPeak),
            rate.Bound == LaunchBound.Compute ? "compute" : "memory",
        ]
        : ["WRONG", "-", "-", "-", "-", "-"];

    private static string Giga(double? perSecond) => perSecond is { } value ? Units.Giga(value) : "-";
}
