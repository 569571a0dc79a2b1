using System.Diagnostics;
using System.Text.Json;

namespace KernelDiff.Kernels.Tests.Cases;

/// <summary>What a child process found for one case.</summary>
/// <param name="Key">operation/case.</param>
/// <param name="Failure">What was wrong, null if nothing was.</param>
internal sealed record ChildReport(string Key, string? Failure);

/// <summary>
/// Runs cases in a child process, because what they may find (a failed assertion of the simulator, a driver's crash) ends the process.
/// The child reports case by case; when it dies, the case it was at is the culprit and another child goes on behind it.
/// </summary>
internal static class ChildRunner
{
    /// <summary>Far beyond what the slowest suite needs; a hung kernel must not hang the build.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(20);

    public static IReadOnlyDictionary<string, string?> Run(
        string mode, IReadOnlyList<string> keys, IReadOnlyDictionary<string, string>? environment = null)
    {
        var failures = new Dictionary<string, string?>();
        var rest = keys;
        while (rest.Count > 0)
        {
            var (reports, error) = RunOnce(mode, rest, environment);
            foreach (var report in reports)
            {
                failures[report.Key] = report.Failure;
            }

            rest = [.. rest.Skip(reports.Count)];
            if (rest.Count > 0)
            {
                failures[rest[0]] = "The process ended at this case: " + error;
                rest = [.. rest.Skip(1)];
            }
        }

        return failures;
    }

    private static (List<ChildReport> Reports, string Error) RunOnce(
        string mode, IReadOnlyList<string> keys, IReadOnlyDictionary<string, string>? environment)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.FileName = "dotnet";
        start.ArgumentList.Add(typeof(ChildRunner).Assembly.Location);
        start.ArgumentList.Add(mode);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        process.StandardInput.Write(string.Join('\n', keys));
        process.StandardInput.Close();
        if (!process.WaitForExit(Limit))
        {
            process.Kill(true);
        }

        var reports = output.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line.StartsWith('{'))
            .Select(line => JsonSerializer.Deserialize<ChildReport>(line)!)
            .ToList();
        var error = errors.Result.Trim();
        return (reports, error.Length > 2000 ? error[..2000] : error);
    }
}
