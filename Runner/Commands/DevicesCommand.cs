using KernelDiff.Kernels;

namespace KernelDiff.Runner.Commands;

/// <summary><c>kerneldiff devices</c>: what is there, and why a device that was seen cannot be used.</summary>
internal sealed class DevicesCommand : RunnerCommand
{
    private readonly Func<IReadOnlyList<DeviceDescription>> list;

    /// <param name="console">Where to write.</param>
    /// <param name="list">Finds the devices.</param>
    public DevicesCommand(RunnerConsole console, Func<IReadOnlyList<DeviceDescription>> list)
        : base(console, "devices", "List the devices, and why one that was seen cannot be used.")
    {
        this.list = list;
        Options.Add(GlobalOptions.Json);
    }

    public override IReadOnlyList<(string Line, string Purpose)> Examples =>
    [
        ("kerneldiff devices", "what --device accepts on this machine"),
        ("kerneldiff devices --json", "the same with every limit, as one JSON document"),
    ];

    protected override Task<int> RunAsync(CommandContext context)
    {
        var devices = list();
        if (context.Json)
        {
            JsonReport.Write(context, new DevicesDocument([.. devices.Select(DeviceEntry.From)]));
        }
        else
        {
            WriteTable(context.Console, devices);
        }

        return Task.FromResult(ExitCode.Done);
    }

    private static void WriteTable(RunnerConsole console, IReadOnlyList<DeviceDescription> devices)
    {
        var table = new ResultTable(
            ("Device", ColumnKind.Name),
            ("Hardware", ColumnKind.Text),
            ("Memory", ColumnKind.Number),
            ("Units", ColumnKind.Number),
            ("Driver", ColumnKind.Text),
            ("Language", ColumnKind.Text),
            ("State", ColumnKind.Text));
        foreach (var device in devices)
        {
            table.Add(
                device.Name,
                device.Hardware,
                Units.Bytes(device.MemoryBytes),
                Units.Count(device.ComputeUnits),
                device.Driver,
                device.Language,
                device.Unusable is null ? "usable" : $"cannot be used: {device.Unusable}");
        }

        table.Write(console);
    }
}

/// <summary>What <c>kerneldiff devices --json</c> prints.</summary>
/// <param name="Devices">Every device that was seen; <c>cpu</c> first.</param>
internal sealed record DevicesDocument(IReadOnlyList<DeviceEntry> Devices);

/// <summary>A device. Numbers that the driver does not tell are 0.</summary>
/// <param name="Name">What <c>--device</c> accepts.</param>
/// <param name="Class">cpu, gpu, opencl-cpu or sim, as <c>kerneldiff kernels</c> uses the words.</param>
/// <param name="Hardware">The hardware, as its driver names it.</param>
/// <param name="MemoryBytes">Bytes of memory.</param>
/// <param name="ComputeUnits">Logical processors or multiprocessors.</param>
/// <param name="MaximumGroupSize">The most threads in one group.</param>
/// <param name="SharedMemoryBytes">Bytes of shared memory for one group.</param>
/// <param name="Driver">Driver, with its version.</param>
/// <param name="Language">The language that kernels are compiled to, with its version.</param>
/// <param name="Usable">Whether it can be used.</param>
/// <param name="UnusableBecause">Why not, null if it can.</param>
internal sealed record DeviceEntry(
    string Name,
    string Class,
    string Hardware,
    long MemoryBytes,
    int ComputeUnits,
    int MaximumGroupSize,
    int SharedMemoryBytes,
    string Driver,
    string Language,
    bool Usable,
    string? UnusableBecause)
{
    public static DeviceEntry From(DeviceDescription device) => new(
        device.Name,
        DeviceClassNames.Of(device.Class).Single(),
        device.Hardware,
        device.MemoryBytes,
        device.ComputeUnits,
        device.MaximumGroupSize,
        device.SharedMemoryBytes,
        device.Driver,
        device.Language,
        device.Unusable is null,
        device.Unusable);
}
