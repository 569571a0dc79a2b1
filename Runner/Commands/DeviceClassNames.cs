using KernelDiff.Kernels;

namespace KernelDiff.Runner.Commands;

/// <summary>The words for classes of devices in tables and documents.</summary>
internal static class DeviceClassNames
{
    private static readonly (DeviceClass Class, string Name)[] Names =
    [
        (DeviceClass.Simd, "cpu"),
        (DeviceClass.Gpu, "gpu"),
        (DeviceClass.OpenClCpu, "opencl-cpu"),
        (DeviceClass.Simulator, "sim"),
    ];

    /// <summary>The names of the classes in a set, in a fixed order.</summary>
    public static IReadOnlyList<string> Of(DeviceClass classes) =>
        [.. Names.Where(entry => (entry.Class & classes) != 0).Select(entry => entry.Name)];
}
