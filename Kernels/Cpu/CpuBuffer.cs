using System.Runtime.InteropServices;

namespace KernelDiff.Kernels.Cpu;

/// <summary>Native memory of the <c>cpu</c> device; kernels reach it by pointer, so the garbage collector never sees it.</summary>
internal sealed unsafe class CpuBuffer : DeviceBuffer
{
    private const int Alignment = 64;

    /// <summary>From this size on, buffers start on a huge page: a step over many pages otherwise spends its time in page walks.</summary>
    private const long HugePage = 2 << 20;

    /// <summary>A core alone does not fill the memory's bandwidth: longer copies are shared among the threads, in parts of this size.</summary>
    private const long PartBytes = 1 << 20;

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
            Copy(from, Pointer + byteOffset, source.Length);
        }
    }

    internal override void CopyToHost(Span<byte> destination, long byteOffset)
    {
        fixed (byte* to = destination)
        {
            Copy(Pointer + byteOffset, to, destination.Length);
        }
    }

    internal override void CopyFromDevice(DeviceBuffer source, long sourceByteOffset, long byteOffset, long byteCount) =>
        Copy(((CpuBuffer)source).Pointer + sourceByteOffset, Pointer + byteOffset, byteCount);

    internal override void Clear(long byteOffset, long byteCount) =>
        Workers.ForRanges(byteCount, PartBytes, new Clearing(Pointer + byteOffset));

    internal override void Free()
    {
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
    }

    private WorkerPool Workers => ((CpuDevice)Device).Workers;

    private void Copy(byte* from, byte* to, long byteCount) => Workers.ForRanges(byteCount, PartBytes, new Copying(from, to));

    private readonly struct Copying(byte* from, byte* to) : IRangeWorkItem
    {
        public void Run(long start, long end) => Buffer.MemoryCopy(from + start, to + start, end - start, end - start);
    }

    private readonly struct Clearing(byte* target) : IRangeWorkItem
    {
        public void Run(long start, long end) => NativeMemory.Clear(target + start, (nuint)(end - start));
    }
}
