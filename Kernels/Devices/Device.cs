using System.Runtime;
using KernelDiff.Kernels.Plans;

namespace KernelDiff.Kernels;

/// <summary>
/// Executes operations on memory of its own. Launches run in the order in which they are made (one stream per device); results are
/// visible to the host after <see cref="Synchronize"/> or a copy to the host.
/// </summary>
/// <remarks>One thread drives a device.</remarks>
public abstract class Device : IDisposable
{
    private Dictionary<string, string> forcedVariants = [];
    private Dictionary<Operation, PlannedChoices>? plannedChoices;

    private protected Device(DeviceDescription description, DeviceOptions options)
    {
        Description = description;
        Pool = new BufferPool(this) { Mode = options.Memory };
    }

    public DeviceDescription Description { get; }

    /// <summary><c>cpu</c>, <c>cuda:N</c>, <c>opencl:N</c> or <c>sim</c>.</summary>
    public string Name => Description.Name;

    public DeviceKind Kind => Description.Kind;

    public DeviceClass Class => Description.Class;

    public BufferPool Pool { get; }

    public Timeline Timeline { get; } = new();

    /// <summary>The algorithm for every convolution that can take it; the others are computed directly.</summary>
    public ConvolutionAlgorithm Algorithm { get; set; }

    /// <summary>Chooses variants by the shapes of images; null leaves every choice to the rules of the registry.</summary>
    public LaunchPlan? Plan
    {
        get;
        set
        {
            field = value;
            plannedChoices = value?.Bind(this);
        }
    }

    /// <summary>Forces a variant of an operation wherever it supports the arguments; null restores the choice.</summary>
    /// <param name="operation">Name in the registry.</param>
    /// <param name="variant">Name of the variant.</param>
    public void ForceVariant(string operation, string? variant)
    {
        ArgumentNullException.ThrowIfNull(operation);
        if (variant is null)
        {
            forcedVariants.Remove(operation);
        }
        else
        {
            forcedVariants[operation] = variant;
        }
    }

    /// <summary>Hands out memory for <paramref name="length"/> elements; return it through <see cref="BufferPool.Return"/>.</summary>
    /// <exception cref="DeviceMemoryException">The device has no memory left.</exception>
    public DeviceSpan<T> Allocate<T>(int length)
        where T : unmanaged => Pool.Rent<T>(length);

    /// <summary>Memory for the duration of one launch.</summary>
    /// <exception cref="DeviceMemoryException">The device has no memory left.</exception>
    public Workspace<T> Rent<T>(int length)
        where T : unmanaged => new(Pool, length);

    /// <summary>Copies host values into fresh device memory.</summary>
    public DeviceSpan<T> Upload<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var span = Pool.Rent<T>(values.Length);
        span.CopyFrom(values);
        return span;
    }

    /// <summary>Waits until everything that was launched has finished.</summary>
    public abstract void Synchronize();

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Time spent on compiling so far: here, what the calling thread spent in the just-in-time compiler.</summary>
    internal virtual TimeSpan CompilationTime => JitInfo.GetCompilationTime(currentThread: true);

    /// <summary>The device whose memory this one's buffers lie in: itself, unless it is a lane of another one.</summary>
    internal virtual Device Memory => this;

    /// <summary>Chooses variants as another device of the same class does now.</summary>
    internal void ChooseAs(Device other)
    {
        forcedVariants = other.forcedVariants;
        plannedChoices = other.plannedChoices;
        Algorithm = other.Algorithm;
    }

    internal string? ForcedVariant(string operation) => forcedVariants.Count == 0 ? null : forcedVariants.GetValueOrDefault(operation);

    internal PlannedChoices? PlannedChoices(Operation operation) => plannedChoices?.GetValueOrDefault(operation);

    /// <exception cref="DeviceMemoryException">The device has no memory left.</exception>
    internal abstract DeviceBuffer AllocateBuffer(long byteLength);

    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            Pool.Dispose();
        }
    }
}

/// <summary>How a device is opened.</summary>
public sealed record DeviceOptions
{
    public MemoryMode Memory { get; init; }

    /// <summary>Threads of the <c>cpu</c> device, the caller included; null for the environment's or the machine's number.</summary>
    public int? Threads { get; init; }

    /// <summary>Vector width of the <c>cpu</c> device; null for the environment's or the machine's widest.</summary>
    public Cpu.SimdWidth? SimdWidth { get; init; }
}

/// <summary>What is known of a device, whether or not it can be used.</summary>
public sealed record DeviceDescription
{
    public required string Name { get; init; }

    public required DeviceKind Kind { get; init; }

    public required DeviceClass Class { get; init; }

    /// <summary>The hardware, as its driver names it.</summary>
    public required string Hardware { get; init; }

    /// <summary>Bytes of memory, 0 when unknown.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Cores or multiprocessors, 0 when unknown.</summary>
    public int ComputeUnits { get; init; }

    /// <summary>The most threads in one group.</summary>
    public int MaximumGroupSize { get; init; }

    /// <summary>Bytes of shared memory for one group.</summary>
    public int SharedMemoryBytes { get; init; }

    /// <summary>Driver, with its version.</summary>
    public string Driver { get; init; } = "";

    /// <summary>The language that kernels are compiled to, with its version: PTX ISA and architecture, OpenCL C, or the vector width.</summary>
    public string Language { get; init; } = "";

    /// <summary>Why the device cannot be used, null when it can.</summary>
    public string? Unusable { get; init; }
}
