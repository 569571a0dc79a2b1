namespace KernelDiff.Kernels;

/// <summary>What executes the launches of a <see cref="Device"/>.</summary>
public enum DeviceKind
{
    /// <summary>The managed SIMD twins, on the calling thread and a pool of workers.</summary>
    Cpu,

    /// <summary>The ILGPU kernels as PTX on an NVIDIA GPU.</summary>
    Cuda,

    /// <summary>The ILGPU kernels as OpenCL C: a GPU, or PoCL on a CPU.</summary>
    OpenCl,

    /// <summary>The ILGPU kernels on ILGPU's CPU accelerator, thread by thread, with bounds assertions.</summary>
    Simulator,
}

/// <summary>Classes of hardware that want different variants of the same operation.</summary>
[Flags]
public enum DeviceClass
{
    None = 0,

    /// <summary>A CPU that runs the SIMD twins.</summary>
    Simd = 1,

    /// <summary>A GPU: many threads, shared memory worth staging tiles in.</summary>
    Gpu = 2,

    /// <summary>A CPU behind OpenCL: wide registers, shared memory is ordinary memory.</summary>
    OpenClCpu = 4,

    /// <summary>The simulator: every simulated thread costs microseconds.</summary>
    Simulator = 8,

    /// <summary>Every class that executes ILGPU kernels.</summary>
    AnyIlgpu = Gpu | OpenClCpu | Simulator,
}
