using System.Globalization;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels;

/// <summary>Lists devices and opens them by name.</summary>
public static class DeviceCatalog
{
    /// <summary>What a device name may look like, for help texts and messages.</summary>
    public const string Names = "auto, cuda:N, opencl:N, cpu, sim";

    /// <summary>Whether a text is the name of a device, there or not.</summary>
    public static bool IsName(string text) => TryParse(text, out _, out _);

    /// <summary>Every device that is there, usable or not; <c>cpu</c> first.</summary>
    /// <exception cref="DeviceException">An environment variable that configures the <c>cpu</c> device is wrong.</exception>
    public static IReadOnlyList<DeviceDescription> List() => [CpuDevice.Describe(SimdSupport.FromEnvironment()), .. IlgpuDevices.List()];

    /// <summary>
    /// Opens a device. <c>auto</c> takes the first usable one of cuda, opencl on a GPU, cpu; <c>cuda</c> and <c>opencl</c> mean the
    /// first of their kind.
    /// </summary>
    /// <exception cref="DeviceException">The name is not a device name, there is no such device, or it cannot be used.</exception>
    public static Device Open(string name, DeviceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        options ??= new DeviceOptions();
        if (!TryParse(name, out var kind, out var index))
        {
            throw new DeviceException($"'{name}' is not the name of a device. It may be one of: {Names}.");
        }

        return kind switch
        {
            "auto" => OpenBest(options),
            "cpu" => new CpuDevice(options),
            "sim" => IlgpuDevices.OpenSimulator(options),
            "cuda" => IlgpuDevices.OpenCuda(index, options),
            _ => IlgpuDevices.OpenOpenCl(index, options),
        };
    }

    private static Device OpenBest(DeviceOptions options)
    {
        var best = IlgpuDevices.List().FirstOrDefault(device => device.Class == DeviceClass.Gpu && device.Unusable is null);
        return best is null ? new CpuDevice(options) : Open(best.Name, options);
    }

    private static bool TryParse(string name, out string kind, out int index)
    {
        var parts = name.Split(':');
        kind = parts[0];
        index = 0;
        return parts switch
        {
            ["auto" or "cpu" or "sim" or "cuda" or "opencl"] => true,
            ["cuda" or "opencl", var number] => int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out index),
            _ => false,
        };
    }
}
