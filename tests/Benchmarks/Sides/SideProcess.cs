using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace KernelDiff.Benchmarks;

/// <summary>A side in a process of its own, so that its memory is its own and its threads do not disturb the others.</summary>
internal sealed class SideProcess : IDisposable
{
    private readonly Process process;

    private SideProcess(string name, Process process)
    {
        Name = name;
        this.process = process;
    }

    /// <summary>Of the column.</summary>
    public string Name { get; }

    /// <summary>Version, and what was chosen.</summary>
    public string Description { get; private set; } = "";

    /// <summary>Starts a side and waits until it has loaded the workload.</summary>
    /// <param name="name">Of the column.</param>
    /// <param name="assembly">The program that hosts it.</param>
    /// <param name="arguments">What the program needs to know.</param>
    /// <exception cref="SideException">The side cannot run the workload.</exception>
    public static SideProcess Start(string name, string assembly, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet", [assembly, .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        var side = new SideProcess(name, Process.Start(start)!);
        try
        {
            side.Description = side.Read().Description!;
            return side;
        }
        catch
        {
            side.Dispose();
            throw;
        }
    }

    /// <summary>Runs once.</summary>
    /// <returns>Seconds.</returns>
    /// <exception cref="SideException">The run failed.</exception>
    public double Run() => Ask(SideRequest.Run).Seconds;

    /// <summary>Runs once.</summary>
    /// <param name="path">A file that may be written.</param>
    /// <exception cref="SideException">The run failed.</exception>
    public float[] Output(string path)
    {
        Ask(SideRequest.Output + path);
        var output = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(path)).ToArray();
        File.Delete(path);
        return output;
    }

    /// <exception cref="SideException">The process has ended.</exception>
    public SideReply Memory() => Ask(SideRequest.Memory);

    /// <summary>Ends the process: it stops when there is nothing more to read.</summary>
    public void Dispose()
    {
        const int Patience = 10_000;
        process.StandardInput.Close();
        if (!process.WaitForExit(Patience))
        {
            process.Kill();
        }

        process.Dispose();
    }

    private SideReply Ask(string request)
    {
        try
        {
            process.StandardInput.WriteLine(request);
            process.StandardInput.Flush();
        }
        catch (IOException exception)
        {
            throw new SideException($"{Name} has ended.", exception);
        }

        return Read();
    }

    private SideReply Read()
    {
        while (process.StandardOutput.ReadLine() is { } line)
        {
            // Native libraries may write lines of their own.
            if (line.StartsWith('{'))
            {
                var reply = JsonSerializer.Deserialize<SideReply>(line)!;
                return reply.Fault is null ? reply : throw new SideException(reply.Fault);
            }
        }

        process.WaitForExit();
        throw new SideException($"the process ended with code {process.ExitCode}, perhaps for lack of memory");
    }
}

/// <summary>A side cannot take part; the message says why.</summary>
internal sealed class SideException(string message, Exception? inner = null) : Exception(message, inner);
