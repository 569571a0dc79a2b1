using System.Buffers;
using System.Runtime.InteropServices;

namespace KernelDiff.Engine.Files;

/// <summary>Reads the elements of a tensor in row-major order, whatever their order in the file.</summary>
internal static class ElementReader
{
    /// <summary>Bytes read at once where they have to be converted or rearranged.</summary>
    private const int ChunkBytes = 1 << 18;

    /// <summary>Bytes read at once straight into the caller's memory; reads of more than 2^31-1 bytes are cut by the system anyway.</summary>
    private const int DirectElements = 1 << 26;

    private delegate void Conversion<T>(ElementType type, ReadOnlySpan<byte> bytes, Span<T> destination);

    /// <summary>Reads all elements as float32.</summary>
    public static void ReadSingle(WeightTensor tensor, Span<float> destination)
    {
        if (tensor.Type == ElementType.F32 && tensor.Region is { Strides: null, IsBigEndian: false })
        {
            for (int start = 0; start < destination.Length; start += DirectElements)
            {
                Span<float> part = destination[start..Math.Min(destination.Length, start + DirectElements)];
                tensor.Region.File.ReadExactly(tensor.Region.Offset + (4L * start), MemoryMarshal.AsBytes(part));
            }
        }
        else
        {
            Read(tensor, destination, ElementConversion.ToSingle);
        }
    }

    /// <summary>Reads all elements of an integer type as int64.</summary>
    public static void ReadInt64(WeightTensor tensor, Span<long> destination) => Read(tensor, destination, ElementConversion.ToInt64);

    /// <summary>Reads all elements as they are stored, but little-endian.</summary>
    public static void ReadBytes(WeightTensor tensor, Span<byte> destination)
    {
        switch (tensor.Type.Size())
        {
            case 1:
                ReadBits(tensor, destination);
                break;
            case 2:
                ReadBits(tensor, MemoryMarshal.Cast<byte, ushort>(destination));
                break;
            case 4:
                ReadBits(tensor, MemoryMarshal.Cast<byte, uint>(destination));
                break;
            default:
                ReadBits(tensor, MemoryMarshal.Cast<byte, ulong>(destination));
                break;
        }
    }

    /// <summary>The same for T, an unsigned integer of the element's size.</summary>
    private static void ReadBits<T>(WeightTensor tensor, Span<T> destination)
        where T : unmanaged =>
        Read(tensor, destination, static (_, bytes, bits) => bytes.CopyTo(MemoryMarshal.AsBytes(bits)));

    private static void Read<T>(WeightTensor tensor, Span<T> destination, Conversion<T> convert)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            if (tensor.Region.Strides is null)
                ReadRun(tensor, 0, destination, convert, buffer);
            else
                ReadStrided(tensor, tensor.Region.Strides, destination, convert, buffer);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void ReadRun<T>(WeightTensor tensor, long first, Span<T> destination, Conversion<T> convert, byte[] buffer)
    {
        int size = tensor.Type.Size();
        while (!destination.IsEmpty)
        {
            int count = Math.Min(destination.Length, ChunkBytes / size);
            Span<byte> bytes = buffer.AsSpan(0, count * size);
            tensor.Region.File.ReadExactly(tensor.Region.Offset + (first * size), bytes);
            if (tensor.Region.IsBigEndian)
                ElementConversion.ReverseBytes(size, bytes);
            convert(tensor.Type, bytes, destination[..count]);
            destination = destination[count..];
            first += count;
        }
    }

    /// <summary>
    /// Walks the elements in the order in which they lie in the file (largest stride outermost) and scatters them, so that the file is
    /// read once from front to back through a small window, however the tensor was transposed or sliced.
    /// </summary>
    private static void ReadStrided<T>(
        WeightTensor tensor, long[] strides, Span<T> destination, Conversion<T> convert, byte[] buffer)
    {
        if (destination.IsEmpty)
            return;
        Axis[] axes = FileOrder(tensor, strides);
        Axis inner = axes[^1];
        long last = axes.Sum(axis => (axis.Length - 1) * axis.FileStride);

        // Where neighbours are far apart there is nothing to gain from reading what lies between them.
        int windowLength = inner.FileStride > 512 ? 1 : ChunkBytes / tensor.Type.Size();
        T[] window = new T[(int)Math.Min(windowLength, last + 1)];
        long windowStart = 0;
        int windowCount = 0;
        int[] position = new int[axes.Length];
        while (true)
        {
            long source = 0;
            int target = 0;
            for (int axis = 0; axis < axes.Length - 1; axis++)
            {
                source += position[axis] * axes[axis].FileStride;
                target += position[axis] * axes[axis].MemoryStride;
            }

            for (int index = 0; index < inner.Length; index++, source += inner.FileStride, target += inner.MemoryStride)
            {
                if (source >= windowStart + windowCount)
                {
                    windowStart = source;
                    windowCount = (int)Math.Min(window.Length, last + 1 - source);
                    ReadRun(tensor, windowStart, window.AsSpan(0, windowCount), convert, buffer);
                }

                destination[target] = window[(int)(source - windowStart)];
            }

            int outer = axes.Length - 2;
            while (outer >= 0 && ++position[outer] == axes[outer].Length)
                position[outer--] = 0;
            if (outer < 0)
                return;
        }
    }

    private static Axis[] FileOrder(WeightTensor tensor, long[] strides)
    {
        var axes = new Axis[strides.Length];
        int memoryStride = 1;
        for (int axis = strides.Length - 1; axis >= 0; axis--)
        {
            axes[axis] = new Axis(tensor.Shape[axis], strides[axis], memoryStride);
            memoryStride *= tensor.Shape[axis];
        }

        Axis[] ordered = [.. axes.Where(axis => axis.Length > 1).OrderByDescending(axis => axis.FileStride)];
        return ordered.Length > 0 ? ordered : [new Axis(1, 1, 1)];
    }

    /// <summary>One dimension: its length, and the distance between neighbours in the file and in row-major memory, in elements.</summary>
    private readonly record struct Axis(int Length, long FileStride, int MemoryStride);
}
