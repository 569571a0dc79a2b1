namespace KernelDiff.Kernels.Cpu;

/// <summary>
/// A job of numbered items for <see cref="WorkerPool"/>. Implement it as a readonly struct: every thread runs the same copy.
/// </summary>
public interface IWorkItem
{
    /// <summary>Runs item <paramref name="index"/>; items run in any order, on any thread, at the same time as others.</summary>
    void Run(int index);
}

/// <summary>A job over a range of elements for <see cref="WorkerPool.ForRanges{TBody}"/>; implement it as a readonly struct.</summary>
public interface IRangeWorkItem
{
    /// <summary>Processes the elements from <paramref name="start"/> up to, not including, <paramref name="end"/>.</summary>
    void Run(long start, long end);
}
