namespace KernelDiff.Kernels;

/// <summary>How a <see cref="BufferPool"/> hands out memory.</summary>
public enum MemoryMode
{
    /// <summary>Sizes are rounded up to size classes and returned buffers are reused.</summary>
    Pooled,

    /// <summary>
    /// For tests: fresh buffers hold NaN (all bits set), both ends are guarded by zones that are verified when a buffer comes back,
    /// and nothing is reused.
    /// </summary>
    Guarded,

    /// <summary>
    /// For memory checkers such as oclgrind, which know a buffer's exact end and what was written: the size asked for, never reused,
    /// released with the device.
    /// </summary>
    Exact,
}
