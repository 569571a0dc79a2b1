using System.Runtime.InteropServices;

namespace KernelDiff.Kernels.Cpu;

/// <summary>Native memory of the <c>cpu</c> device; kernels reach it by pointer, so the garbage collector never sees it.</summary>
internal sealed unsafe class CpuBuffer : DeviceBuffer
{
    private const int Alignment = 64;

    /// <summary>From this size on, buffers start on a huge page: a step over many pages otherwise spends its time in page walks.</summary>
    private const long HugePage = 2 << 20;

    public CpuBuffer(Device device, long byteLength)
        : base(device, byteLength)
    {
        var huge = byteLength >= 2 * HugePage;
        Pointer = (byte*)NativeMemory.AlignedAlloc((nuint)byteLength, huge ? (nuint)HugePage : Alignment);
        if (huge)
        {
            HugePages.Advise(Pointer, byteLength);
        }
    }

    public byte* Pointer { get; private set; }

    internal override void CopyFromHost(ReadOnlySpan<byte> source, long byteOffset)
    {
        fixed (byte* from = source)
        {
            Buffer.MemoryCopy(from, Pointer + byteOffset, ByteLength - byteOffset, source.Length);
        }
    }

    internal override void CopyToHost(Span<byte> destination, long byteOffset)
    {
        fixed (byte* to = destination)
        {
            Buffer.MemoryCopy(Pointer + byteOffset, to, destination.Length, destination.Length);
        }
    }

    internal override void CopyFromDevice(DeviceBuffer source, long sourceByteOffset, long byteOffset, long byteCount) =>
        Buffer.MemoryCopy(((CpuBuffer)source).Pointer + sourceByteOffset, Pointer + byteOffset, ByteLength - byteOffset, byteCount);

    internal override void Clear(long byteOffset, long byteCount) => NativeMemory.Clear(Pointer + byteOffset, (nuint)byteCount);

    internal override void Free()
    {
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
    }
}
