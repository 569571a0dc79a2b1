using ILGPU;
using ILGPU.Runtime;

namespace KernelDiff.Kernels.Gpu;

/// <summary>Memory of an ILGPU accelerator.</summary>
internal sealed class GpuBuffer(GpuDevice device, MemoryBuffer1D<byte, Stride1D.Dense> memory) : DeviceBuffer(device, memory.Length)
{
    public ArrayView<byte> View { get; } = memory.View.AsContiguous();

    internal override void CopyFromHost(ReadOnlySpan<byte> source, long byteOffset)
    {
        View.SubView(byteOffset, source.Length).CopyFromCPU(device.Stream, source);
        device.Stream.Synchronize();
    }

    internal override void CopyToHost(Span<byte> destination, long byteOffset)
    {
        View.SubView(byteOffset, destination.Length).CopyToCPU(device.Stream, destination);
        device.Stream.Synchronize();
    }

    internal override void CopyFromDevice(DeviceBuffer source, long sourceByteOffset, long byteOffset, long byteCount) =>
        ((GpuBuffer)source).View.SubView(sourceByteOffset, byteCount).CopyTo(device.Stream, View.SubView(byteOffset, byteCount));

    internal override void Clear(long byteOffset, long byteCount)
    {
        if (device.Pool.Mode == MemoryMode.Exact)
        {
            // oclgrind does not notice that a fill initialises memory; it does notice copies.
            CopyFromHost(new byte[byteCount], byteOffset);
        }
        else
        {
            View.SubView(byteOffset, byteCount).MemSetToZero(device.Stream);
        }
    }

    internal override void Free() => memory.Dispose();
}
