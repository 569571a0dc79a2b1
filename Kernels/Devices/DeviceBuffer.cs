namespace KernelDiff.Kernels;

/// <summary>A block of device memory, handed out and taken back by a <see cref="BufferPool"/>.</summary>
/// <remarks>Buffers are 64-byte aligned at least, on every device. Kernels see <see cref="DeviceSpan{T}"/>s of them.</remarks>
public abstract class DeviceBuffer
{
    private protected DeviceBuffer(Device device, long byteLength)
    {
        Device = device;
        ByteLength = byteLength;
    }

    public Device Device { get; }

    /// <summary>Bytes that were reserved, which may be more than were asked for.</summary>
    public long ByteLength { get; }

    /// <summary>Whether the pool counts this buffer as in use.</summary>
    internal bool IsRented { get; set; }

    /// <summary>Bytes between the start of the buffer and its first usable byte: the guard zone, where there is one.</summary>
    internal int GuardBytes { get; set; }

    /// <summary>Usable bytes, as asked for.</summary>
    internal long RentedBytes { get; set; }

    internal abstract void CopyFromHost(ReadOnlySpan<byte> source, long byteOffset);

    internal abstract void CopyToHost(Span<byte> destination, long byteOffset);

    internal abstract void CopyFromDevice(DeviceBuffer source, long sourceByteOffset, long byteOffset, long byteCount);

    internal abstract void Clear(long byteOffset, long byteCount);

    /// <summary>Gives the memory back to the system.</summary>
    internal abstract void Free();
}
