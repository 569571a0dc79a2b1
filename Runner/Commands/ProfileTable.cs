using System.Globalization;
using KernelDiff.Engine.Profiling;
using KernelDiff.Kernels.Measurement;

namespace KernelDiff.Runner.Commands;

/// <summary>Prints a profile for people: devices, kernels, and what was not in kernels.</summary>
internal static class ProfileTable
{
    public static void Write(RunnerConsole console, ProfileDocument document, bool byShape)
    {
        foreach (var device in document.Devices)
        {
            console.Out.WriteLine($"{device.Name}: {device.Hardware}; version {document.Version}");
            if (device is { PeakFloatingPointOperationsPerSecond: { } arithmetic, PeakMemoryBytesPerSecond: { } memory, LaunchSeconds: { } launch })
            {
                console.Out.WriteLine(
                    $"measured peaks: {Units.Giga(arithmetic)} GFLOP/s, {Units.Giga(memory)} GB/s from memory; a launch takes {Units.Seconds(launch)}");
            }
        }

        WriteKernels(console, document, byShape);
        console.Out.WriteLine(
            $"{Units.Seconds(document.WallSeconds)} in all, {Units.Seconds(document.BeforeFirstLaunchSeconds)} of it before the first launch");
        foreach (var device in document.Devices)
        {
            WriteActivity(console, device.Activity);
        }

        if (document.Comparison is { } comparison)
        {
            WriteComparison(console, comparison);
        }
    }

    /// <summary>The word for a bound; a dash where it is not known.</summary>
    public static string NameOf(LaunchBound? bound) => bound switch
    {
        LaunchBound.Compute => "compute",
        LaunchBound.Memory => "memory",
        LaunchBound.Launch => "launch",
        _ => "-",
    };

    private static void WriteKernels(RunnerConsole console, ProfileDocument document, bool byShape)
    {
        (string, ColumnKind)[] shape = byShape ? [("Shape", ColumnKind.Name)] : [];
        var table = new ResultTable([
            ("Kernel", ColumnKind.Name),
            .. shape,
            ("Calls", ColumnKind.Number),
            ("Total", ColumnKind.Number),
            ("Share", ColumnKind.Number),
            ("Median", ColumnKind.Number),
            ("90 %", ColumnKind.Number),
            ("Bytes", ColumnKind.Number),
            ("GB/s", ColumnKind.Number),
            ("GFLOP/s", ColumnKind.Number),
            ("Of peak", ColumnKind.Number),
            ("Bound", ColumnKind.Name),
        ]);
        foreach (var kernel in document.Kernels)
        {
            if (byShape)
            {
                foreach (var (name, statistics) in kernel.Shapes)
                {
                    table.Add([kernel.Name, name, .. Figures(statistics)]);
                }
            }
            else
            {
                table.Add([kernel.Name, .. Figures(kernel.Total)]);
            }
        }

        table.Write(console);
    }

    private static string[] Figures(LaunchStatistics statistics) =>
    [
        statistics.Calls.ToString(CultureInfo.InvariantCulture),
        Units.Seconds(statistics.Seconds),
        statistics.Share.ToString("0.0 %", CultureInfo.InvariantCulture),
        Units.Seconds(statistics.MedianSeconds),
        Units.Seconds(statistics.NinetiethSeconds),
        Units.Bytes(statistics.Bytes),
        Units.Giga(statistics.BytesPerSecond),
        statistics.FloatingPointOperations > 0 ? Units.Giga(statistics.FloatingPointOperationsPerSecond) : "-",
        statistics.ShareOfPeak is { } share ? Units.Percent(share) : "-",
        NameOf(statistics.Bound),
    ];

    private static void WriteActivity(RunnerConsole console, DeviceActivity activity)
    {
        console.Out.WriteLine(
            $"{activity.Name}: kernels {Units.Seconds(activity.KernelSeconds)} in {activity.Launches} launches, "
            + $"first calls {Units.Seconds(activity.FirstCallSeconds)} ({Units.Seconds(activity.CompilationSeconds)} compiling), "
            + $"host between launches {Units.Seconds(activity.HostSeconds)}, memory at most {Units.Bytes(activity.PeakBytes)}");
        foreach (var copy in activity.Copies)
        {
            console.Out.WriteLine(
                $"{activity.Name}: {CopyNames[(int)copy.Kind]} {Units.Bytes(copy.Bytes)} in {copy.Count}, {Units.Seconds(copy.Seconds)}");
        }
    }

    private static readonly string[] CopyNames = ["copied to the device", "copied to the host", "copied on the device", "cleared"];

    private static void WriteComparison(RunnerConsole console, ProfileComparison comparison)
    {
        console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"against {comparison.Against}: {Ratio(comparison.TotalRatio)} of the time; threshold {comparison.Threshold}"));
        var table = new ResultTable(
            ("Kernel", ColumnKind.Name),
            ("Shape", ColumnKind.Name),
            ("Share", ColumnKind.Number),
            ("Before", ColumnKind.Number),
            ("Now", ColumnKind.Number),
            ("Ratio", ColumnKind.Number),
            ("", ColumnKind.Name));
        foreach (var kernel in comparison.Kernels)
        {
            table.Add(
                $"{kernel.Operation}/{kernel.Variant}",
                kernel.Shape ?? "all",
                kernel.Share.ToString("0.0 %", CultureInfo.InvariantCulture),
                kernel.OldSeconds is { } before ? Units.Seconds(before) : "-",
                kernel.NewSeconds is { } now ? Units.Seconds(now) : "-",
                Ratio(kernel.Ratio),
                kernel.HasRegressed ? "SLOWER" : kernel.OldSeconds is null ? (kernel.NewSeconds is null ? "gone" : "new") : "");
        }

        table.Write(console);
    }

    private static string Ratio(double? ratio) => ratio?.ToString("0.00", CultureInfo.InvariantCulture) ?? "-";
}
