using KernelDiff.Engine.Profiling;
using KernelDiff.Kernels;

namespace KernelDiff.Runner.Commands;

/// <summary>Records the devices of work in this process, and measures the ceilings of these devices afterwards.</summary>
internal sealed class ProfileSession(CommandContext context)
{
    private readonly Dictionary<string, string> hardware = [];
    private TimeSpan wall;

    public ActivityRecorder Recorder { get; } = new();

    /// <summary>Whether there is anything to tell.</summary>
    public bool HasLaunches => Recorder.Devices.Any(device => device.Launches.Count > 0);

    /// <summary>Records a device from now on; for <see cref="RunnerConsole.DeviceOpened"/>.</summary>
    public void Observe(Device device)
    {
        hardware[device.Name] = ExecutionOptions.Describe(device);
        Recorder.Attach(device);
    }

    /// <summary>Runs the work to its end.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> RunAsync(Func<Task<int>> work)
    {
        var start = Recorder.Elapsed;
        var exitCode = await work();
        wall = Recorder.Elapsed - start;
        return exitCode;
    }

    /// <summary>Summarises what was recorded, against ceilings that are measured now.</summary>
    /// <param name="command">What was run.</param>
    /// <param name="exitCode">How it ended.</param>
    /// <param name="roofline">Where to draw the device that took longest, null for nowhere.</param>
    public ProfileDocument CreateDocument(IReadOnlyList<string> command, int exitCode, string? roofline)
    {
        context.Progress.Show("measuring the peak of the device");
        var devices = new List<Device>();
        var ceilings = new Dictionary<string, DeviceCeiling>();
        try
        {
            foreach (var recorded in Recorder.Devices)
            {
                var device = DeviceCatalog.Open(recorded.Name, new DeviceOptions { Threads = recorded.Threads });
                devices.Add(device);
                if (device.Kind != DeviceKind.Simulator)
                {
                    ceilings[recorded.Name] = new DeviceCeiling(device);
                }
            }

            var kernels = KernelProfile.Of(Recorder.Devices, ceilings);
            if (roofline is not null)
            {
                Draw(roofline, kernels, ceilings);
            }

            return new ProfileDocument(
                VersionAction.Version,
                string.Join(' ', command),
                exitCode,
                wall.TotalSeconds,
                Recorder.Devices.SelectMany(device => device.Launches).Min(launch => launch.Start).TotalSeconds,
                [.. Recorder.Devices.Select(device => ProfiledDevice.From(
                    DeviceActivity.Of(device, kernels), hardware[device.Name], ceilings.GetValueOrDefault(device.Name)))],
                kernels,
                null);
        }
        finally
        {
            foreach (var ceiling in ceilings.Values)
            {
                ceiling.Dispose();
            }

            foreach (var device in devices)
            {
                device.Dispose();
            }
        }
    }

    private static void Draw(string path, IReadOnlyList<KernelProfile> kernels, Dictionary<string, DeviceCeiling> ceilings)
    {
        var device = kernels[0].Device;
        if (!ceilings.TryGetValue(device, out var ceiling))
        {
            throw new UsageException($"'{device}' has no roofline: its times say nothing about any hardware. Leave --roofline out.");
        }

        RooflinePlot.Draw(path, [.. kernels.Where(kernel => kernel.Device == device)], ceiling);
    }
}
