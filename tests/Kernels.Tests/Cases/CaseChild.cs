using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace KernelDiff.Kernels.Tests.Cases;

/// <summary>What a child process found for one case.</summary>
/// <param name="Key">operation/case.</param>
/// <param name="Failure">What was wrong, null if nothing was.</param>
internal sealed record ChildReport(string Key, string? Failure);

/// <summary>
/// A child process that runs cases on demand, because what they may find (a failed assertion of the simulator, a driver's crash) ends
/// the process. The case at which it ends has failed; the next one gets a new child.
/// </summary>
internal sealed class CaseChild(string mode, IReadOnlyDictionary<string, string>? environment = null) : IDisposable
{
    /// <summary>Far beyond what the slowest case needs; a hung kernel must not hang the build.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    private readonly StringBuilder errors = new();
    private Process? process;

    /// <summary>Runs a case.</summary>
    /// <returns>What was wrong, null if nothing was.</returns>
    public string? Run(string key)
    {
        process ??= Start();
        string? line = null;
        try
        {
            process.StandardInput.WriteLine(key);
            process.StandardInput.Flush();
            using var limit = new CancellationTokenSource(Limit);
            do
            {
                line = process.StandardOutput.ReadLineAsync(limit.Token).AsTask().GetAwaiter().GetResult();
            }
            while (line is not null && !line.StartsWith('{'));
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            lock (errors)
            {
                errors.AppendLine(exception is IOException ? "The process had ended." : $"No answer within {Limit.TotalMinutes} minutes.");
            }
        }

        return line is null ? "The process ended at this case: " + Bury() : JsonSerializer.Deserialize<ChildReport>(line)!.Failure;
    }

    public void Dispose()
    {
        if (process is not null)
        {
            process.StandardInput.Close();
            if (!process.WaitForExit(TimeSpan.FromSeconds(10)))
            {
                process.Kill(true);
            }

            process.Dispose();
        }
    }

    private Process Start()
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(typeof(CaseChild).Assembly.Location);
        start.ArgumentList.Add(mode);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var started = Process.Start(start)!;
        started.ErrorDataReceived += (_, data) =>
        {
            lock (errors)
            {
                errors.AppendLine(data.Data);
            }
        };
        started.BeginErrorReadLine();
        return started;
    }

    /// <summary>Lets go of a process that has ended, or ends it, and returns its last words.</summary>
    private string Bury()
    {
        process!.Kill(true);
        process.WaitForExit();
        process.Dispose();
        process = null;
        lock (errors)
        {
            var text = errors.ToString().Trim();
            errors.Clear();
            return text[..Math.Min(text.Length, 2000)];
        }
    }
}
