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
    TimeSpan Duration);

/// <summary>Reports every launch of a device to whoever listens. Costs one comparison per launch when nobody does.</summary>
/// <remarks>
/// While somebody listens, the device is synchronised around every launch, so durations are exact and launches do not overlap.
/// </remarks>
public sealed class Timeline
{
    private readonly TimeProvider clock = TimeProvider.System;
    private readonly long origin = TimeProvider.System.GetTimestamp();

    /// <summary>Raised after each launch, on the thread that launched it.</summary>
    public event Action<LaunchRecord>? Launched;

    internal bool IsObserved => Launched is not null;

    internal long Now => clock.GetTimestamp();

    internal void Report(string device, string operation, string variant, IOperationArguments arguments, long start, long end) =>
        Launched?.Invoke(new LaunchRecord(
            device,
            operation,
            variant,
            arguments.Describe(),
            arguments.Bytes,
            arguments.FloatingPointOperations,
            clock.GetElapsedTime(origin, start),
            clock.GetElapsedTime(start, end)));
}
