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

    /// <summary>
    /// What the variant computes by, where that changes the rounding of its results: <see cref="ConvolutionAlgorithm.Direct"/> for all but
    /// fast convolutions.
    /// </summary>
    public ConvolutionAlgorithm Algorithm { get; init; } = ConvolutionAlgorithm.Direct;

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

    /// <summary>Where the variant is preferred, the arguments that it is chosen for; null for all that it supports.</summary>
    public Func<TArguments, bool>? Pays { get; init; }

    /// <summary>Whether the variant can execute these arguments on this device.</summary>
    public bool Supports(Device device, in TArguments arguments)
    {
        ArgumentNullException.ThrowIfNull(device);
        return (RunsOn & device.Class) != 0 && Computes(arguments);
    }

    /// <summary>Whether the variant can execute these arguments on the devices that it runs on.</summary>
    internal bool Computes(in TArguments arguments) => supports is null || supports(arguments);

    /// <summary>Whether the variant is chosen before the others, if nobody asks for one.</summary>
    internal bool IsPreferred(Device device, in TArguments arguments) =>
        (PreferredOn & device.Class) != 0 && (Pays is null || Pays(arguments));

    internal abstract void Run(Device device, in TArguments arguments);
}
