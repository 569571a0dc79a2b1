using System.Diagnostics;
using KernelDiff.Runner.Commands;

namespace KernelDiff.Runner.Tests;

/// <summary>The built executable in a process of its own.</summary>
internal static class Executable
{
    /// <summary>Starts it with redirected streams.</summary>
    public static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(typeof(VersionAction).Assembly.Location);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    /// <summary>Waits for the end and collects what was written.</summary>
    public static CommandLineRun Finish(Process process)
    {
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new CommandLineRun(process.ExitCode, output, error.Result);
    }
}
