using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace KernelDiff.Runner.Tests;

/// <summary>What only a process of its own shows: streams, exit codes and signals as the system sees them.</summary>
public sealed class ExecutableTests
{
    [Test]
    public void A_document_is_all_that_stdout_holds()
    {
        using var process = Executable.Start("devices", "--json", "-vv");

        var run = Executable.Finish(process);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(() => JsonDocument.Parse(run.Out).Dispose(), Throws.Nothing);
    }

    [Test]
    public void A_usage_error_leaves_stdout_empty_and_exits_2()
    {
        using var process = Executable.Start("devcies");

        var run = Executable.Finish(process);

        Assert.That(run, Has.Property("ExitCode").EqualTo(ExitCode.Usage).And.Property("Out").Empty);
        Assert.That(run.Error, Does.Contain("Did you mean 'devices'?"));
    }

    [TestCase("INT", 2)]
    [TestCase("TERM", 15)]
    [Platform(Exclude = "Win", Reason = "Signals are sent with the kill command.")]
    public void A_signal_stops_at_the_next_safe_point_and_exits_130(string signal, int number)
    {
        if (IsIgnored(number))
        {
            Assert.Ignore($"SIG{signal} is ignored in this process and so in its children.");
        }

        using var process = Executable.Start("bench", "silu", "--device", "cpu", "--shape", "1000", "--budget", "3600", "-v");
        var started = process.StandardError.ReadLine();
        using (var kill = Process.Start("kill", ["-" + signal, process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            kill.WaitForExit();
        }

        var run = Executable.Finish(process);

        Assert.That(started, Does.StartWith("Device cpu"));
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Cancelled), run.Error);
        Assert.That(run.Error, Does.Contain("again to abort").And.Contain("Cancelled."));
    }

    /// <summary>A background job of a shell starts with SIGINT ignored, and children inherit that.</summary>
    private static bool IsIgnored(int signal)
    {
        const string Key = "SigIgn:";
        var line = File.Exists("/proc/self/status")
            ? File.ReadLines("/proc/self/status").FirstOrDefault(text => text.StartsWith(Key, StringComparison.Ordinal))
            : null;
        return line is not null && (ulong.Parse(line[Key.Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & (1UL << (signal - 1))) != 0;
    }
}
