using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace KernelDiff.Benchmarks;

/// <summary>Serves one side over stdin and stdout, until stdin ends. See <see cref="SideReply"/> for what is said.</summary>
internal static class SideHost
{
    /// <summary>Bytes that are written at a time.</summary>
    private const int ChunkValues = 1 << 20;

    /// <param name="create">Loads the workload.</param>
    /// <returns>The exit code.</returns>
    public static int Serve(Func<ISide> create)
    {
        using var answers = Console.Out;
        try
        {
            using var side = create();
            var loading = ProcessMemory.PeakBytes();
            side.TakePeakDeviceBytes();
            ProcessMemory.ReturnAndResetPeak();
            Reply(new SideReply(Description: side.Description));
            while (Console.In.ReadLine() is { } request)
            {
                Reply(Answer(side, request, loading));
            }

            return 0;
        }
#pragma warning disable CA1031 // Whatever happens becomes a line of the table.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Reply(new SideReply(Fault: $"{exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")}"));
            return 1;
        }

        void Reply(SideReply reply)
        {
            answers.WriteLine(JsonSerializer.Serialize(reply));
            answers.Flush();
        }
    }

    private static SideReply Answer(ISide side, string request, long loading)
    {
        if (request.StartsWith(SideRequest.Output, StringComparison.Ordinal))
        {
            WriteOutput(request[SideRequest.Output.Length..], side.Output());
            return new SideReply();
        }

        switch (request)
        {
            case SideRequest.Run:
                var start = Stopwatch.GetTimestamp();
                side.Run();
                return new SideReply(Seconds: Stopwatch.GetElapsedTime(start).TotalSeconds);
            case SideRequest.Memory:
                var running = ProcessMemory.PeakBytes();
                return new SideReply(
                    PeakBytes: Math.Max(loading, running), PeakRunBytes: running, PeakDeviceBytes: side.TakePeakDeviceBytes());
            default:
                return new SideReply(Fault: $"There is no request '{request}'.");
        }
    }

    /// <summary>What was needed for the comparison of outputs does not count as memory of a run.</summary>
    private static void WriteOutput(string path, float[] values)
    {
        using (var file = File.Create(path))
        {
            for (var i = 0; i < values.Length; i += ChunkValues)
            {
                file.Write(MemoryMarshal.AsBytes(values.AsSpan(i, Math.Min(ChunkValues, values.Length - i))));
            }
        }

        values = [];
        ProcessMemory.ReturnAndResetPeak();
    }
}
