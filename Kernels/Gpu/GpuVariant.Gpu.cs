namespace KernelDiff.Kernels.Gpu;

/// <summary>A variant that launches ILGPU kernels, which static checks can enumerate without a device.</summary>
public interface IGpuVariant
{
    IReadOnlyList<GpuKernel> Kernels { get; }
}

/// <summary>Prepares parameters and launches kernels for one call.</summary>
internal delegate void GpuLaunch<TArguments>(GpuDevice device, in TArguments arguments)
    where TArguments : struct, IOperationArguments;

/// <inheritdoc/>
internal sealed class GpuVariant<TArguments> : Variant<TArguments>, IGpuVariant
    where TArguments : struct, IOperationArguments
{
    private readonly GpuLaunch<TArguments> launch;

    /// <param name="name">Unique among the operation's variants.</param>
    /// <param name="launch">Launches only <paramref name="kernels"/>.</param>
    /// <param name="kernels">Every kernel that <paramref name="launch"/> may launch.</param>
    /// <param name="preferredOn">Where to choose it before others.</param>
    /// <param name="runsOn">Where it can run at all.</param>
    /// <param name="supports">Which arguments it can execute; null for all.</param>
    public GpuVariant(
        string name,
        GpuLaunch<TArguments> launch,
        IReadOnlyList<GpuKernel> kernels,
        DeviceClass preferredOn = DeviceClass.AnyIlgpu,
        DeviceClass runsOn = DeviceClass.AnyIlgpu,
        Func<TArguments, bool>? supports = null)
        : base(name, runsOn, preferredOn, supports)
    {
        this.launch = launch;
        Kernels = kernels;
    }

    public IReadOnlyList<GpuKernel> Kernels { get; }

    public override IReadOnlyList<string> KernelNames => [.. Kernels.Select(kernel => kernel.Name)];

    internal override void Run(Device device, in TArguments arguments) => launch((GpuDevice)device, arguments);
}
