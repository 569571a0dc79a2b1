using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Plans;

/// <summary>
/// The word for devices that share their choices: the class of device, and what decides its speed beyond that. Threads are no part of it,
/// because no result may depend on them.
/// </summary>
public static class PlanTarget
{
    private static readonly (string Name, DeviceClass Class)[] Classes =
    [
        ("cpu", DeviceClass.Simd),
        ("gpu", DeviceClass.Gpu),
        ("opencl-cpu", DeviceClass.OpenClCpu),
        ("sim", DeviceClass.Simulator),
    ];

    /// <summary><c>cpu 512-bit</c>, <c>gpu sm_90</c>, <c>gpu NAME</c> behind OpenCL, <c>opencl-cpu</c> or <c>sim</c>.</summary>
    public static string Of(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        var name = Array.Find(Classes, entry => entry.Class == device.Class).Name;
        return device switch
        {
            CpuDevice cpu => $"{name} {(int)cpu.Width}-bit",
            { Kind: DeviceKind.Cuda } => $"{name} {Architecture(device.Description.Language)}",
            { Class: DeviceClass.Gpu } => $"{name} {device.Description.Hardware}",
            _ => name,
        };
    }

    /// <summary>The class of devices that a target's first word names; none where there is no such class.</summary>
    internal static DeviceClass ClassOf(string target) =>
        Array.Find(Classes, entry => target == entry.Name || target.StartsWith(entry.Name + " ", StringComparison.Ordinal)).Class;

    /// <summary>The last part of <c>PTX ISA 8.0, SM_90</c>, in lower case as NVIDIA writes it.</summary>
    private static string Architecture(string language) => language[(language.LastIndexOf(' ') + 1)..].ToLowerInvariant();
}
