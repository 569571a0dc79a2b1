namespace KernelDiff.Kernels.Cpu;

internal static unsafe class CpuSpanExtensions
{
    /// <summary>The address of the first element; null for an absent operand.</summary>
    public static T* Pointer<T>(this DeviceSpan<T> span)
        where T : unmanaged =>
        span.Buffer is CpuBuffer buffer ? (T*)(buffer.Pointer + span.ByteOffset) : null;
}
