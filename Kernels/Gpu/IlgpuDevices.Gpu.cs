using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace KernelDiff.Kernels.Gpu;

/// <summary>Finds and opens the devices that ILGPU reaches.</summary>
internal static class IlgpuDevices
{
    /// <summary>Threads of a simulated group: enough for every kernel, and a warp of 32 as on a GPU.</summary>
    private const int SimulatedGroup = 256;

    /// <summary>Every CUDA and OpenCL device that the drivers show, usable or not, and the simulator last.</summary>
    public static IReadOnlyList<DeviceDescription> List()
    {
        var descriptions = new List<DeviceDescription>();
        using (var context = CreateContext(builder => builder.Cuda(_ => true).OpenCL(_ => true)))
        {
            descriptions.AddRange(CudaDevices(context).Select(Describe));
            descriptions.AddRange(OpenClDevices(context).Select(Describe));
        }

        descriptions.Add(DescribeSimulator());
        return descriptions;
    }

    /// <exception cref="DeviceException">There is no such device, or it cannot be used.</exception>
    public static Device OpenCuda(int index, DeviceOptions options) => Guard($"cuda:{index}", () =>
    {
        var context = CreateContext(builder => builder.Cuda(_ => true));
        var device = Pick(context, CudaDevices(context), index, "cuda");
        return new GpuDevice(Describe(device, index), options, context, device.CreateCudaAccelerator(context), null);
    });

    /// <exception cref="DeviceException">There is no such device, or it cannot be used.</exception>
    public static Device OpenOpenCl(int index, DeviceOptions options) => Guard($"opencl:{index}", () =>
    {
        var context = CreateContext(builder => builder.OpenCL(_ => true));
        var device = Pick(context, OpenClDevices(context), index, "opencl");
        var description = Describe(device, index);
        var claimed = OpenClCompatibility.ClaimGenericAddressSpace(device);
        var isPocl = OpenClCompatibility.IsPocl(device);
        return new GpuDevice(
            description, options, context, device.CreateCLAccelerator(context), kernel => OpenClCompatibility.Patch(kernel, claimed, isPocl));
    });

    public static Device OpenSimulator(DeviceOptions options)
    {
        var context = Context.Create(builder => Configure(builder).Assertions().CPU(new CPUDevice(32, SimulatedGroup / 32, 1)));
        return new GpuDevice(DescribeSimulator(), options, context, context.GetCPUDevice(0).CreateCPUAccelerator(context), null);
    }

    /// <summary>
    /// O1, never O2: at O2 ILGPU moves shared-memory loads past barriers, which is a race that only some devices show.
    /// </summary>
    internal static Context.Builder Configure(Context.Builder builder) =>
        builder.EnableAlgorithms().Optimize(OptimizationLevel.O1).Profiling();

    internal static Context CreateContext(Action<Context.Builder> addDevices)
    {
        DriverLibraries.EnsureResolvable();
        return Context.Create(builder => addDevices(Configure(builder)));
    }

    private static List<CudaDevice> CudaDevices(Context context)
    {
        var devices = new List<CudaDevice>();
        foreach (var device in context.GetCudaDevices())
        {
            devices.Add(device);
        }

        return devices;
    }

    private static List<CLDevice> OpenClDevices(Context context)
    {
        var devices = new List<CLDevice>();
        foreach (var device in context.GetCLDevices())
        {
            devices.Add(device);
        }

        return devices;
    }

    private static T Pick<T>(Context context, List<T> devices, int index, string kind)
    {
        if (index < devices.Count)
        {
            return devices[index];
        }

        context.Dispose();
        throw new DeviceException(
            devices.Count == 0
                ? $"There is no {kind} device: no driver shows one. 'kerneldiff devices' lists what there is; 'cpu' always works."
                : $"There is no device '{kind}:{index}': the last one is '{kind}:{devices.Count - 1}'. 'kerneldiff devices' lists what there is.");
    }

    private static GpuDevice Guard(string name, Func<GpuDevice> open)
    {
        try
        {
            return open();
        }
        catch (Exception exception) when (exception is not DeviceException)
        {
            throw new DeviceException($"'{name}' cannot be opened: {exception.Message}", exception);
        }
    }

    private static DeviceDescription Describe(CudaDevice device, int index) => new()
    {
        Name = $"cuda:{index}",
        Kind = DeviceKind.Cuda,
        Class = DeviceClass.Gpu,
        Hardware = device.Name,
        MemoryBytes = device.MemorySize,
        ComputeUnits = device.NumMultiprocessors,
        MaximumGroupSize = device.MaxNumThreadsPerGroup,
        SharedMemoryBytes = device.MaxSharedMemoryPerGroup,
        Driver = $"CUDA driver {device.DriverVersion}",
        Language = $"PTX ISA {device.InstructionSet}, {device.Architecture}",
        Unusable = device.Architecture is null || device.InstructionSet is null
            ? "its architecture is not one that ILGPU 1.5.3 can compile for"
            : null,
    };

    private static DeviceDescription Describe(CLDevice device, int index)
    {
        var isCpu = (device.DeviceType & CLDeviceType.CL_DEVICE_TYPE_CPU) != 0;
        return new DeviceDescription
        {
            Name = $"opencl:{index}",
            Kind = DeviceKind.OpenCl,
            Class = isCpu ? DeviceClass.OpenClCpu : DeviceClass.Gpu,
            Hardware = device.Name,
            MemoryBytes = device.MemorySize,
            ComputeUnits = device.NumMultiprocessors,
            MaximumGroupSize = device.MaxNumThreadsPerGroup,
            SharedMemoryBytes = device.MaxSharedMemoryPerGroup,
            Driver = $"{device.PlatformName} {CLAPI.CurrentAPI.GetDeviceInfo(device.DeviceId, CLDeviceInfoType.CL_DRIVER_VERSION)}",
            Language = $"OpenCL C {device.CVersion.Major}.{device.CVersion.Minor}",
            Unusable = device.GetDeviceInfo<int>(CLDeviceInfoType.CL_DEVICE_AVAILABLE) != 0
                ? null
                : "its driver says that it is not available",
        };
    }

    private static DeviceDescription DescribeSimulator() => new()
    {
        Name = "sim",
        Kind = DeviceKind.Simulator,
        Class = DeviceClass.Simulator,
        Hardware = "ILGPU's CPU accelerator, with bounds assertions",
        ComputeUnits = 1,
        MaximumGroupSize = SimulatedGroup,
        SharedMemoryBytes = 48 * 1024,
        Driver = $"ILGPU {typeof(Context).Assembly.GetName().Version?.ToString(3)}",
        Language = "IL",
    };
}
