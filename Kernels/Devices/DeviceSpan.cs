using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KernelDiff.Kernels;

/// <summary>
/// A contiguous run of elements in device memory: the operand of every operation. The default value stands for an operand that is
/// not there (no bias, no residual).
/// </summary>
/// <typeparam name="T">float, int or byte.</typeparam>
public readonly record struct DeviceSpan<T>
    where T : unmanaged
{
    internal DeviceSpan(DeviceBuffer buffer, long offset, int length)
    {
        Buffer = buffer;
        Offset = offset;
        Length = length;
    }

    /// <summary>The buffer that holds the elements, null for an absent operand.</summary>
    public DeviceBuffer? Buffer { get; }

    /// <summary>Index of the first element, counted from the first usable byte of the buffer.</summary>
    public long Offset { get; }

    /// <summary>Number of elements.</summary>
    public int Length { get; }

    public bool IsAbsent => Buffer is null;

    internal long ByteOffset => Buffer!.GuardBytes + (Offset * Unsafe.SizeOf<T>());

    /// <summary>The elements [<paramref name="start"/>, <paramref name="start"/> + <paramref name="length"/>).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside this span.</exception>
    public DeviceSpan<T> Slice(int start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)start + length, Length, nameof(length));
        return new DeviceSpan<T>(Buffer!, Offset + start, length);
    }

    /// <summary>Copies host values to the device, in stream order.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public void CopyFrom(ReadOnlySpan<T> source)
    {
        RequireLength(source.Length);
        if (Length > 0)
        {
            var began = Begin();
            Buffer!.CopyFromHost(MemoryMarshal.AsBytes(source), ByteOffset);
            End(CopyKind.ToDevice, began);
        }
    }

    /// <summary>Waits for the work that was launched before and copies the elements to the host.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public void CopyTo(Span<T> destination)
    {
        RequireLength(destination.Length);
        if (Length > 0)
        {
            var began = Begin();
            Buffer!.CopyToHost(MemoryMarshal.AsBytes(destination), ByteOffset);
            End(CopyKind.ToHost, began);
        }
    }

    /// <summary>Copies elements of another span of the same device, in stream order. The spans must not overlap.</summary>
    /// <exception cref="ArgumentException">The lengths or the devices differ.</exception>
    public void CopyFrom(DeviceSpan<T> source)
    {
        RequireLength(source.Length);
        if (Length == 0)
        {
            return;
        }

        if (source.Buffer!.Device.Memory != Buffer!.Device.Memory)
        {
            throw new ArgumentException(
                $"The source lies on device '{source.Buffer.Device.Name}', the destination on '{Buffer.Device.Name}'.", nameof(source));
        }

        var began = Begin();
        Buffer.CopyFromDevice(source.Buffer, source.ByteOffset, ByteOffset, ByteLength);
        End(CopyKind.OnDevice, began);
    }

    /// <summary>Sets every element to zero, in stream order.</summary>
    public void Clear()
    {
        if (Length > 0)
        {
            var began = Begin();
            Buffer!.Clear(ByteOffset, ByteLength);
            End(CopyKind.Clear, began);
        }
    }

    /// <summary>A host copy of the elements.</summary>
    public T[] ToArray()
    {
        var values = new T[Length];
        CopyTo(values);
        return values;
    }

    private long ByteLength => (long)Length * Unsafe.SizeOf<T>();

    private long? Begin() => Buffer!.Device.Timeline.BeginCopy(Buffer.Device);

    private void End(CopyKind kind, long? began) => Buffer!.Device.Timeline.EndCopy(Buffer.Device, kind, ByteLength, began);

    private void RequireLength(int found)
    {
        if (found != Length)
        {
            throw new ArgumentException($"A copy needs equal lengths: this span has {Length} elements, the other one {found}.");
        }
    }
}
