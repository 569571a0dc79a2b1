using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Measurement;

namespace KernelDiff.Benchmarks;

/// <summary>What <c>benchmarks.json</c> holds.</summary>
/// <param name="Version">Version and commit of the engine.</param>
/// <param name="Date">When it was measured, UTC.</param>
/// <param name="Device">Name of the device.</param>
/// <param name="Hardware">The hardware behind it.</param>
/// <param name="Threads">Threads of the <c>cpu</c> device, null for others.</param>
/// <param name="Language">Vector width, or what kernels are compiled to.</param>
/// <param name="Runtime">Of .NET.</param>
/// <param name="System">The operating system.</param>
/// <param name="Algorithm">How convolutions were computed.</param>
/// <param name="Results">In the order of the table.</param>
internal sealed record BenchmarkReport(
    string Version,
    DateTimeOffset Date,
    string Device,
    string Hardware,
    int? Threads,
    string Language,
    string Runtime,
    string System,
    string Algorithm,
    IReadOnlyList<BenchmarkResult> Results)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
    };

    public static BenchmarkReport Of(Device device, IReadOnlyList<BenchmarkResult> results) => new(
        typeof(Device).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion,
        DateTimeOffset.UtcNow,
        device.Name,
        device.Description.Hardware,
        (device as CpuDevice)?.Workers.Threads,
        device.Description.Language,
        RuntimeInformation.FrameworkDescription,
        RuntimeInformation.OSDescription,
        device.Algorithm.ToString().ToLowerInvariant(),
        results);

    public string ToJson() => JsonSerializer.Serialize(this, Json) + "\n";

    public string ToMarkdown()
    {
        var text = new StringBuilder();
        var threads = Threads is null ? "" : $", {Threads} threads";
        text.Append(CultureInfo.InvariantCulture, $"{Hardware} ({Device}{threads}, {Language}), {Runtime}, {System}; ");
        text.Append(CultureInfo.InvariantCulture, $"version {Version}, {Date:yyyy-MM-dd HH:mm} UTC; convolutions: {Algorithm}.\n\n");
        text.Append("| workload | median | 20th to 80th percentile | shortest | images/s | device memory |\n|---|---|---|---|---|---|\n");
        foreach (var result in Results)
        {
            var time = result.Seconds;
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {result.Workload} | {Milliseconds(time.Median)} | {Milliseconds(time.Low)} to {Milliseconds(time.High)} | ");
            text.Append(
                CultureInfo.InvariantCulture,
                $"{Milliseconds(time.Minimum)} | {result.Images / time.Median:F2} | {result.PeakDeviceBytes / 1048576.0:F0} MiB |\n");
        }

        return text.ToString();
    }

    private static string Milliseconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{1000 * seconds:F1} ms");
}

/// <summary>One row.</summary>
/// <param name="Workload">Its name.</param>
/// <param name="Images">Images of one run.</param>
/// <param name="Seconds">Duration of one run.</param>
/// <param name="PeakDeviceBytes">The most that weights, activations and workspace took together.</param>
internal sealed record BenchmarkResult(string Workload, int Images, SampleSummary Seconds, long PeakDeviceBytes);
