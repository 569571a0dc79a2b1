using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace KernelDiff.Benchmarks;

/// <summary>What <c>benchmarks.json</c> holds.</summary>
/// <param name="Date">When it was measured, UTC.</param>
/// <param name="Device">Name of our device.</param>
/// <param name="Threads">Threads of the <c>cpu</c> device and of the rivals.</param>
/// <param name="Runs">Timed runs of each side.</param>
/// <param name="Processors">Logical processors that the process may use.</param>
/// <param name="MemoryBytes">Physical memory that the process may use.</param>
/// <param name="Runtime">Of .NET.</param>
/// <param name="System">The operating system.</param>
/// <param name="Results">In the order of the table.</param>
internal sealed record BenchmarkReport(
    DateTimeOffset Date,
    string Device,
    int Threads,
    int Runs,
    int Processors,
    long MemoryBytes,
    string Runtime,
    string System,
    IReadOnlyList<ComparisonResult> Results)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
    };

    public static BenchmarkReport Of(BenchmarkOptions options, IReadOnlyList<ComparisonResult> results) => new(
        DateTimeOffset.UtcNow,
        options.Device,
        options.Threads,
        options.Runs,
        Environment.ProcessorCount,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        RuntimeInformation.FrameworkDescription,
        RuntimeInformation.OSDescription,
        results);

    public string ToJson() => JsonSerializer.Serialize(this, Json) + "\n";

    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Date:yyyy-MM-dd HH:mm} UTC, {Processors} processors, {MemoryBytes >> 20} MiB, {Runtime}, {System}; ");
        text.Append(CultureInfo.InvariantCulture, $"{Threads} threads, medians of {Runs} runs in turns.\n\n");
        foreach (var name in new[] { Comparison.Own, Comparison.Onnx, Comparison.Libtorch })
        {
            foreach (var description in Sides(name).Select(side => side.Description ?? $"did not run: {side.Fault}").Distinct())
            {
                text.Append(CultureInfo.InvariantCulture, $"- {name}: {description}\n");
            }
        }

        text.Append("\n| workload | KernelDiff | ONNX Runtime | libtorch | ratio | must | aim | reached | difference |\n");
        text.Append("|---|---|---|---|---|---|---|---|---|\n");
        foreach (var result in Results)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {result.Workload} | {Cells(result, Time)} | ");
            text.Append(CultureInfo.InvariantCulture, $"{Number(result.Ratio)} | {Number(result.Goal?.Must)} | {Number(result.Goal?.Aim)} | ");
            text.Append(CultureInfo.InvariantCulture, $"{result.Reached ?? "-"} | {Difference(result)} |\n");
        }

        text.Append("\nRatio: the fastest rival's median over ours. Difference: of outputs, as a part of the largest value; the larger of both rivals.\n\n");
        text.Append("| peak memory of a run | KernelDiff | ONNX Runtime | libtorch | ratio | at most | reached |\n|---|---|---|---|---|---|---|\n");
        foreach (var result in Results)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {result.Workload} | {Cells(result, Memory)} | ");
            text.Append(CultureInfo.InvariantCulture, $"{Number(result.MemoryRatio)} | {Number(result.MemoryGoal)} | ");
            text.Append(CultureInfo.InvariantCulture, $"{(result.MemoryRatio is { } ratio ? ratio <= result.MemoryGoal ? "yes" : "no" : "-")} |\n");
        }

        text.Append("\nPhysical memory of each side's own process after loading; in brackets with loading. ");
        text.Append("Ratio: ours to ONNX Runtime's or, for training, to libtorch's.\n");
        return text.ToString();
    }

    private static string Cells(ComparisonResult result, Func<SideResult, string> cell) => string.Join(
        " | ",
        new[] { Comparison.Own, Comparison.Onnx, Comparison.Libtorch }.Select(name => result.Of(name) is { Seconds: not null } side ? cell(side) : "-"));

    private static string Time(SideResult side) => string.Create(
        CultureInfo.InvariantCulture, $"{1000 * side.Seconds!.Median:F1} ms ({1000 * side.Seconds.Low:F0} to {1000 * side.Seconds.High:F0})");

    private static string Memory(SideResult side) => string.Create(
        CultureInfo.InvariantCulture, $"{side.PeakRunBytes >> 20} MiB ({side.PeakBytes >> 20})");

    private static string Number(double? value) => value?.ToString("0.00", CultureInfo.InvariantCulture) ?? "-";

    private static string Difference(ComparisonResult result) => result.Sides.Count(side => side.Seconds is not null) > 1
        ? result.Sides.Max(side => side.Difference).ToString("0.0e+0", CultureInfo.InvariantCulture)
        : "-";

    private IEnumerable<SideResult> Sides(string name) => Results.Select(result => result.Of(name)).OfType<SideResult>();
}
