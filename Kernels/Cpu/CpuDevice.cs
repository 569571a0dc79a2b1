using System.Runtime.InteropServices;

namespace KernelDiff.Kernels.Cpu;

/// <summary>The managed SIMD twins on the calling thread and a pool of workers: no driver, nothing to install.</summary>
public sealed class CpuDevice : Device
{
    private readonly CpuDevice? owner;
    private readonly CpuLanes lanes;

    /// <exception cref="DeviceException">The requested vector width is not supported by this processor, or an environment variable is wrong.</exception>
    public CpuDevice(DeviceOptions? options = null)
        : this(options ?? new DeviceOptions(), options?.SimdWidth ?? SimdSupport.FromEnvironment())
    {
    }

    private CpuDevice(DeviceOptions options, SimdWidth width)
        : base(Describe(width), options)
    {
        Width = SimdSupport.IsSupported(width)
            ? width
            : throw new DeviceException(
                $"This processor does not support {width}. It supports {string.Join(", ", SimdSupport.Supported)}.");
        Workers = new WorkerPool(options.Threads);
        lanes = new CpuLanes(this);
    }

    private CpuDevice(CpuDevice owner)
        : this(new DeviceOptions { Memory = owner.Pool.Mode, Threads = 1 }, owner.Width)
    {
        this.owner = owner;
    }

    /// <summary>The vector width that every kernel of this device uses.</summary>
    public SimdWidth Width { get; }

    /// <summary>The threads that share the work of a launch.</summary>
    public WorkerPool Workers { get; }

    /// <summary>
    /// Runs launches that do not depend on one another side by side; null while somebody listens to the timeline, which tells of one
    /// launch after the other.
    /// </summary>
    public CpuLanes? Lanes => Timeline.HasListeners ? null : lanes;

    internal override Device Memory => owner?.Memory ?? this;

    /// <summary>Nothing to wait for: a launch returns when its work is done.</summary>
    public override void Synchronize()
    {
    }

    internal CpuDevice CreateLane() => new(this);

    internal override DeviceBuffer AllocateBuffer(long byteLength)
    {
        try
        {
            return new CpuBuffer(this, byteLength);
        }
        catch (OutOfMemoryException exception)
        {
            throw new DeviceMemoryException(
                $"The system has no memory for another {byteLength / 1048576.0:F1} MiB ({Pool.LiveBytes / 1048576.0:F1} MiB are in use "
                + "on 'cpu'). Lower the batch size or the image size.",
                exception);
        }
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            lanes.Dispose();
            Workers.Dispose();
        }
    }

    internal static DeviceDescription Describe(SimdWidth width) => new()
    {
        Name = "cpu",
        Kind = DeviceKind.Cpu,
        Class = DeviceClass.Simd,
        Hardware = ProcessorName.Value,
        MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        ComputeUnits = Environment.ProcessorCount,
        MaximumGroupSize = 1,
        Driver = RuntimeInformation.FrameworkDescription,
        Language = width.ToString(),
    };
}
