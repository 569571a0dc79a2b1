using System.Runtime.CompilerServices;

namespace KernelDiff.Kernels;

/// <summary>
/// Hands out device memory and keeps what comes back for reuse. A device has one stream, so a returned buffer may be handed out at
/// once: whatever is launched later runs after whatever still reads it.
/// </summary>
/// <remarks>Not thread-safe: one thread drives a device.</remarks>
public sealed class BufferPool : IDisposable
{
    /// <summary>Every size is rounded up to a multiple of this, so that rows start on cache lines and on a GPU's segments.</summary>
    private const int Granule = 256;

    private readonly Device device;
    private readonly SortedDictionary<long, Stack<DeviceBuffer>> free = [];
    private readonly HashSet<DeviceBuffer> rented = [];
    private readonly List<DeviceBuffer> retired = [];

    internal BufferPool(Device device)
    {
        this.device = device;
    }

    /// <summary>Bytes in use now, as they were asked for.</summary>
    public long LiveBytes { get; private set; }

    /// <summary>The most bytes that were in use at one time since <see cref="ResetPeak"/>.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Bytes taken from the system, in use or kept for reuse.</summary>
    public long ReservedBytes { get; private set; }

    /// <summary>Buffers in use now.</summary>
    public int LiveBuffers => rented.Count;

    /// <summary>Requests that were served from kept memory.</summary>
    public long Reuses { get; private set; }

    /// <summary>Requests that needed memory from the system.</summary>
    public long Allocations { get; private set; }

    public MemoryMode Mode { get; init; }

    /// <summary>Starts counting <see cref="PeakBytes"/> from what is in use now.</summary>
    public void ResetPeak() => PeakBytes = LiveBytes;

    /// <summary>Counts bytes that were in use elsewhere, at the same time as what is in use here now.</summary>
    internal void CountPeak(long bytesBeside) => PeakBytes = Math.Max(PeakBytes, LiveBytes + bytesBeside);

    /// <summary>Hands out a span of <paramref name="length"/> elements with undefined content.</summary>
    /// <exception cref="DeviceMemoryException">The device has no memory left.</exception>
    public DeviceSpan<T> Rent<T>(int length)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        var byteLength = (long)length * Unsafe.SizeOf<T>();
        var buffer = Mode switch
        {
            MemoryMode.Guarded => AllocateGuarded(byteLength),
            MemoryMode.Exact => Allocate(Math.Max(byteLength, sizeof(int))),
            _ => TakeOrAllocate(byteLength),
        };
        buffer.IsRented = true;
        buffer.RentedBytes = byteLength;
        rented.Add(buffer);
        LiveBytes += byteLength;
        PeakBytes = Math.Max(PeakBytes, LiveBytes);
        return new DeviceSpan<T>(buffer, 0, length);
    }

    /// <summary>Takes a buffer back.</summary>
    /// <exception cref="InvalidOperationException">The buffer was not handed out by this pool, or was returned already.</exception>
    /// <exception cref="GuardZoneException">In guarded mode: something wrote outside the buffer.</exception>
    public void Return(DeviceBuffer buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        if (!rented.Remove(buffer))
        {
            throw new InvalidOperationException("The buffer is not in use: it was returned already or belongs to another pool.");
        }

        buffer.IsRented = false;
        LiveBytes -= buffer.RentedBytes;
        if (Mode == MemoryMode.Exact)
        {
            // oclgrind gives the handle of a released buffer to the next one and keeps the old length of its record of what was
            // written: whatever lies beyond would count as never written.
            retired.Add(buffer);
            return;
        }

        if (Mode != MemoryMode.Pooled)
        {
            try
            {
                GuardZone.Verify(buffer);
            }
            finally
            {
                device.Synchronize();
                Release(buffer);
            }

            return;
        }

        if (!free.TryGetValue(buffer.ByteLength, out var stack))
        {
            free[buffer.ByteLength] = stack = new Stack<DeviceBuffer>();
        }

        stack.Push(buffer);
    }

    /// <summary>In guarded mode, verifies the guard zones of every buffer in use.</summary>
    /// <exception cref="GuardZoneException">Something wrote outside a buffer.</exception>
    public void VerifyGuards()
    {
        foreach (var buffer in rented)
        {
            GuardZone.Verify(buffer);
        }
    }

    /// <summary>Gives all memory that is kept for reuse back to the system.</summary>
    public void Trim()
    {
        device.Synchronize();
        foreach (var stack in free.Values)
        {
            foreach (var buffer in stack)
            {
                Release(buffer);
            }
        }

        free.Clear();
    }

    public void Dispose()
    {
        Trim();
        foreach (var buffer in rented)
        {
            Release(buffer);
        }

        rented.Clear();
        foreach (var buffer in retired)
        {
            Release(buffer);
        }

        retired.Clear();
        LiveBytes = 0;
    }

    private DeviceBuffer TakeOrAllocate(long byteLength)
    {
        // Layers of neighbouring shapes need neighbouring sizes: what the one has left serves the other, if it is not much too large.
        var size = SizeClass(byteLength);
        for (var candidate = size; candidate <= size + (size / 2); candidate = SizeClass(candidate + 1))
        {
            if (free.TryGetValue(candidate, out var stack) && stack.TryPop(out var kept))
            {
                Reuses++;
                return kept;
            }
        }

        return Allocate(size);
    }

    private DeviceBuffer AllocateGuarded(long byteLength)
    {
        var buffer = Allocate(GuardZone.Bytes + RoundUp(byteLength, Granule) + GuardZone.Bytes);
        buffer.GuardBytes = GuardZone.Bytes;
        GuardZone.Fill(buffer);
        return buffer;
    }

    private DeviceBuffer Allocate(long size)
    {
        DeviceBuffer buffer;
        try
        {
            buffer = device.AllocateBuffer(size);
        }
        catch (DeviceMemoryException)
        {
            // What is kept in other size classes may be all that is missing.
            Trim();
            buffer = device.AllocateBuffer(size);
        }

        Allocations++;
        ReservedBytes += buffer.ByteLength;
        return buffer;
    }

    private void Release(DeviceBuffer buffer)
    {
        ReservedBytes -= buffer.ByteLength;
        buffer.Free();
    }

    /// <summary>Eight classes per power of two: at most an eighth is wasted, and nearly equal sizes share their memory.</summary>
    internal static long SizeClass(long byteLength)
    {
        if (byteLength <= Granule)
        {
            return Granule;
        }

        var step = Math.Max(Granule, (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)byteLength) / 16);
        return RoundUp(byteLength, step);
    }

    private static long RoundUp(long value, long multiple) => (value + multiple - 1) / multiple * multiple;
}
