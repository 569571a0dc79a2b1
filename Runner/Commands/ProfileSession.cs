using KernelDiff.Engine.Profiling;
using KernelDiff.Kernels;

namespace KernelDiff.Runner.Commands;

/// <summary>Runs a command in this process while its devices are recorded, and measures the ceilings of these devices afterwards.</summary>
internal sealed class ProfileSession(CommandContext context, Func<RunnerConsole, CommandLine> createLine)
{
    private readonly Dictionary<string, string> hardware = [];
    private TimeSpan wall;

    public ActivityRecorder Recorder { get; } = new();

    /// <summary>Runs the command to its end.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> command)
    {
        // What the command prints as its result is not the result of the profile.
        var error = context.Console.Error;
        var console = new RunnerConsole(
            error, error, context.Console.IsErrorInteractive, context.Console.IsErrorInteractive, width: context.Console.Width)
        {
            DeviceOpened = device =>
            {
                hardware[device.Name] = ExecutionOptions.Describe(device);
                Recorder.Attach(device);
            },
        };
        var start = Recorder.Elapsed;
        var exitCode = await createLine(console).InvokeAsync(command, context.Cancellation);
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
