namespace KernelDiff.Kernels;

/// <summary>One way to execute an operation.</summary>
public abstract class Variant
{
    private protected Variant(string name, DeviceClass runsOn, DeviceClass preferredOn)
    {
        Name = name;
        RunsOn = runsOn;
        PreferredOn = preferredOn;
    }

    public string Name { get; }

    /// <summary>Where the variant can run.</summary>
    public DeviceClass RunsOn { get; }

    /// <summary>Where it is chosen before the others, if it supports the arguments.</summary>
    public DeviceClass PreferredOn { get; }

    /// <summary>Names of the ILGPU kernels that the variant launches; empty for SIMD twins.</summary>
    public abstract IReadOnlyList<string> KernelNames { get; }
}

/// <inheritdoc/>
/// <typeparam name="TArguments">The contract of the operation.</typeparam>
public abstract class Variant<TArguments> : Variant
    where TArguments : struct, IOperationArguments
{
    private readonly Func<TArguments, bool>? supports;

    private protected Variant(string name, DeviceClass runsOn, DeviceClass preferredOn, Func<TArguments, bool>? supports)
        : base(name, runsOn, preferredOn)
    {
        this.supports = supports;
    }

    /// <summary>Whether the variant can execute these arguments on this device.</summary>
    public bool Supports(Device device, in TArguments arguments)
    {
        ArgumentNullException.ThrowIfNull(device);
        return (RunsOn & device.Class) != 0 && (supports is null || supports(arguments));
    }

    internal abstract void Run(Device device, in TArguments arguments);
}
