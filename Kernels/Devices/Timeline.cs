namespace KernelDiff.Kernels;

/// <summary>One launch of an operation, as its device saw it.</summary>
/// <param name="Device">Name of the device.</param>
/// <param name="Operation">Name of the operation in the registry.</param>
/// <param name="Variant">Name of the variant that ran.</param>
/// <param name="Shape">The arguments' shape, as <see cref="IOperationArguments.Describe"/> gives it.</param>
/// <param name="Bytes">Bytes that the operation must read and write at least, each operand once.</param>
/// <param name="FloatingPointOperations">Additions and multiplications of the direct formula.</param>
/// <param name="Start">Time since the timeline was created.</param>
/// <param name="Duration">Time on the device, including the launch.</param>
public readonly record struct LaunchRecord(
    string Device,
    string Operation,
    string Variant,
    string Shape,
    long Bytes,
    long FloatingPointOperations,
    TimeSpan Start,
    TimeSpan Duration)
{
    /// <summary>The part of <see cref="Duration"/> in which code was compiled for the launch; none once it is known.</summary>
    public TimeSpan Compilation { get; init; }

    /// <summary>The sizes of one image, by which a plan may choose a variant; null where no plan chooses.</summary>
    public string? PlannedShape { get; init; }
}

/// <summary>Where a copy goes.</summary>
public enum CopyKind
{
    /// <summary>From the host's memory to the device's.</summary>
    ToDevice,

    /// <summary>From the device's memory to the host's.</summary>
    ToHost,

    /// <summary>Within the device's memory.</summary>
    OnDevice,

    /// <summary>Zeros into the device's memory.</summary>
    Clear,
}

/// <summary>One copy that was made outside of launches.</summary>
/// <param name="Kind">Where it went.</param>
/// <param name="Bytes">How much was written.</param>
/// <param name="Start">Time since the timeline was created.</param>
/// <param name="Duration">Time until the copy was complete.</param>
public readonly record struct CopyRecord(CopyKind Kind, long Bytes, TimeSpan Start, TimeSpan Duration);

/// <summary>Reports every launch and copy of a device to whoever listens. Costs one comparison for each when nobody does.</summary>
/// <remarks>
/// While somebody listens, the device is synchronised around every launch, so durations are exact and launches do not overlap.
/// </remarks>
public sealed class Timeline
{
    private readonly TimeProvider clock = TimeProvider.System;
    private readonly long origin = TimeProvider.System.GetTimestamp();

    private bool isLaunching;

    /// <summary>Raised after each launch, on the thread that launched it.</summary>
    public event Action<LaunchRecord>? Launched;

    /// <summary>Raised after each copy that is not part of a launch, on the thread that made it.</summary>
    public event Action<CopyRecord>? Copied;

    /// <summary>Time since the timeline was created.</summary>
    public TimeSpan Elapsed => clock.GetElapsedTime(origin);

    internal bool IsObserved => Launched is not null;

    /// <summary>Whether anybody listens, to launches or to copies.</summary>
    internal bool HasListeners => Launched is not null || Copied is not null;

    /// <summary>Executes a launch between two synchronisations and reports it.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="operation">Name of the operation.</param>
    /// <param name="variant">Executes it.</param>
    /// <param name="arguments">Of the launch.</param>
    /// <param name="plannedShape">See <see cref="LaunchRecord.PlannedShape"/>.</param>
    internal void Observe<TArguments>(
        Device device, string operation, Variant<TArguments> variant, in TArguments arguments, string? plannedShape)
        where TArguments : struct, IOperationArguments
    {
        device.Synchronize();
        var compiled = device.CompilationTime;
        var start = clock.GetTimestamp();
        isLaunching = true;
        try
        {
            variant.Run(device, arguments);
            device.Synchronize();
        }
        finally
        {
            isLaunching = false;
        }

        var duration = clock.GetElapsedTime(start);
        var compilation = device.CompilationTime - compiled;
        Launched?.Invoke(new LaunchRecord(
            device.Name,
            operation,
            variant.Name,
            arguments.Describe(),
            arguments.Bytes,
            arguments.FloatingPointOperations,
            clock.GetElapsedTime(origin, start),
            duration)
        {
            Compilation = compilation < duration ? compilation : duration,
            PlannedShape = plannedShape,
        });
    }

    /// <summary>To be called before a copy.</summary>
    /// <returns>What <see cref="EndCopy"/> needs: null where nobody listens.</returns>
    internal long? BeginCopy(Device device)
    {
        if (Copied is null || isLaunching)
        {
            return null;
        }

        device.Synchronize();
        return clock.GetTimestamp();
    }

    /// <summary>To be called after a copy.</summary>
    internal void EndCopy(Device device, CopyKind kind, long bytes, long? began)
    {
        if (began is { } start)
        {
            device.Synchronize();
            Copied?.Invoke(new CopyRecord(kind, bytes, clock.GetElapsedTime(origin, start), clock.GetElapsedTime(start)));
        }
    }
}
