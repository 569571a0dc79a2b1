using System.Diagnostics;
using KernelDiff.Kernels;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Engine.Profiling;

/// <summary>
/// Records every launch and copy of the devices that are attached to it, on one clock. Devices are synchronised around each, so durations
/// are exact and nothing overlaps; a record takes some hundred bytes of host memory.
/// </summary>
public sealed class ActivityRecorder
{
    private readonly long origin = Stopwatch.GetTimestamp();
    private readonly List<RecordedDevice> devices = [];

    /// <summary>The attached devices in order.</summary>
    public IReadOnlyList<RecordedDevice> Devices => devices;

    /// <summary>Time since the recorder was created.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(origin);

    /// <summary>Records a device from now on; one of a name that was attached before continues its record.</summary>
    /// <param name="device">May be disposed while the recorder is still in use.</param>
    public void Attach(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        var recorded = devices.Find(known => known.Name == device.Name);
        if (recorded is null)
        {
            recorded = new RecordedDevice(device.Name);
            devices.Add(recorded);
        }

        recorded.Observe(device, Elapsed - device.Timeline.Elapsed);
    }
}

/// <summary>What a device did.</summary>
public sealed class RecordedDevice
{
    private readonly List<Device> opened = [];
    private readonly List<LaunchRecord> launches = [];
    private readonly List<CopyRecord> copies = [];
    private readonly List<long> liveBytes = [];
    private readonly Dictionary<string, string> shapes = [];

    internal RecordedDevice(string name)
    {
        Name = name;
    }

    public string Name { get; }

    /// <summary>Threads of the <c>cpu</c> device, null for others.</summary>
    public int? Threads => (opened[0] as CpuDevice)?.Workers.Threads;

    /// <summary>All launches in order.</summary>
    public IReadOnlyList<LaunchRecord> Launches => launches;

    /// <summary>All copies outside of launches in order.</summary>
    public IReadOnlyList<CopyRecord> Copies => copies;

    /// <summary>Bytes in use after each launch.</summary>
    public IReadOnlyList<long> LiveBytes => liveBytes;

    /// <summary>The most bytes that were in use at one time.</summary>
    public long PeakBytes => opened.Max(device => device.Pool.PeakBytes);

    /// <param name="device">A device of this name.</param>
    /// <param name="offset">From the device's clock to the recorder's.</param>
    internal void Observe(Device device, TimeSpan offset)
    {
        opened.Add(device);
        device.Timeline.Launched += launch =>
        {
            launches.Add(launch with { Start = launch.Start + offset, Shape = Shared(launch.Shape) });
            liveBytes.Add(device.Pool.LiveBytes);
        };
        device.Timeline.Copied += copy => copies.Add(copy with { Start = copy.Start + offset });
    }

    /// <summary>A few hundred shapes describe all launches: each is kept once.</summary>
    private string Shared(string shape)
    {
        if (!shapes.TryGetValue(shape, out var kept))
        {
            shapes[shape] = kept = shape;
        }

        return kept;
    }
}
