using System.Text.Json;
using KernelDiff.Engine.Files;
using KernelDiff.Kernels;

namespace KernelDiff.Engine.Profiling;

/// <summary>
/// Writes what was recorded in Chrome's trace event format, which Perfetto and chrome://tracing open: a process for each device with a
/// thread of launches, a thread of copies and a counter of memory.
/// </summary>
public static class ChromeTrace
{
    private const int LaunchThread = 1;
    private const int CopyThread = 2;

    /// <param name="path">The file, replaced if it exists.</param>
    /// <param name="devices">What was recorded.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<RecordedDevice> devices)
    {
        ArgumentNullException.ThrowIfNull(devices);
        using var content = new MemoryStream();
        using (var writer = new Utf8JsonWriter(content))
        {
            writer.WriteStartObject();
            writer.WriteString("displayTimeUnit", "ms");
            writer.WriteStartArray("traceEvents");
            for (var i = 0; i < devices.Count; i++)
            {
                Write(writer, devices[i], process: i + 1);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        AtomicFile.WriteAllBytes(path, content.GetBuffer().AsSpan(0, (int)content.Length));
    }

    private static void Write(Utf8JsonWriter writer, RecordedDevice device, int process)
    {
        WriteName(writer, "process_name", device.Name, process, LaunchThread);
        WriteName(writer, "thread_name", "kernels", process, LaunchThread);
        WriteName(writer, "thread_name", "copies", process, CopyThread);
        for (var i = 0; i < device.Launches.Count; i++)
        {
            WriteLaunch(writer, device.Launches[i], process);
            WriteMemory(writer, device.Launches[i], device.LiveBytes[i], process);
        }

        foreach (var copy in device.Copies)
        {
            BeginEvent(writer, "X", copy.Kind.ToString(), process, CopyThread);
            WriteTimes(writer, "copy", copy.Start, copy.Duration);
            writer.WriteStartObject("args");
            writer.WriteNumber("bytes", copy.Bytes);
            EndEvent(writer);
        }
    }

    private static void WriteLaunch(Utf8JsonWriter writer, in LaunchRecord launch, int process)
    {
        BeginEvent(writer, "X", $"{launch.Operation}/{launch.Variant}", process, LaunchThread);
        WriteTimes(writer, "kernel", launch.Start, launch.Duration);
        writer.WriteStartObject("args");
        writer.WriteString("shape", launch.Shape);
        writer.WriteNumber("bytes", launch.Bytes);
        writer.WriteNumber("floatingPointOperations", launch.FloatingPointOperations);
        writer.WriteNumber("compilationMicroseconds", launch.Compilation.TotalMicroseconds);
        EndEvent(writer);
    }

    private static void WriteMemory(Utf8JsonWriter writer, in LaunchRecord launch, long bytes, int process)
    {
        BeginEvent(writer, "C", "memory", process, LaunchThread);
        writer.WriteNumber("ts", (launch.Start + launch.Duration).TotalMicroseconds);
        writer.WriteStartObject("args");
        writer.WriteNumber("bytes", bytes);
        EndEvent(writer);
    }

    private static void WriteName(Utf8JsonWriter writer, string kind, string name, int process, int thread)
    {
        BeginEvent(writer, "M", kind, process, thread);
        writer.WriteStartObject("args");
        writer.WriteString("name", name);
        EndEvent(writer);
    }

    private static void BeginEvent(Utf8JsonWriter writer, string phase, string name, int process, int thread)
    {
        writer.WriteStartObject();
        writer.WriteString("ph", phase);
        writer.WriteString("name", name);
        writer.WriteNumber("pid", process);
        writer.WriteNumber("tid", thread);
    }

    private static void WriteTimes(Utf8JsonWriter writer, string category, TimeSpan start, TimeSpan duration)
    {
        writer.WriteString("cat", category);
        writer.WriteNumber("ts", start.TotalMicroseconds);
        writer.WriteNumber("dur", duration.TotalMicroseconds);
    }

    /// <summary>Closes the arguments and the event.</summary>
    private static void EndEvent(Utf8JsonWriter writer)
    {
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
