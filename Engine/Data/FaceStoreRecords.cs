using KernelDiff.Engine.Files;
using KernelDiff.Engine.Imaging;

namespace KernelDiff.Engine.Data;

/// <summary>Prepared faces of one size, in memory or in a file: per face the image [size, size, 3], then the mask [size, size].</summary>
internal sealed class FaceStoreRecords : IDisposable
{
    private readonly int size;
    private readonly IReadOnlyList<byte[]>? memory;
    private readonly RandomAccessFile? file;
    private readonly long offset;

    /// <summary>Records in memory.</summary>
    public FaceStoreRecords(int size, IReadOnlyList<byte[]> memory)
    {
        (this.size, this.memory) = (size, memory);
    }

    /// <summary>Records in a file, from an offset on.</summary>
    public FaceStoreRecords(int size, RandomAccessFile file, long offset)
    {
        (this.size, this.file, this.offset) = (size, file, offset);
    }

    /// <summary>Bytes of a record.</summary>
    public static long BytesOf(int size) => 4L * size * size;

    /// <summary>Decodes faces into memory.</summary>
    /// <returns>The records, the indices of the faces they are of, and what could not be decoded.</returns>
    public static (FaceStoreRecords Records, int[] Entries, DataFault[] Faults) Decode(
        FaceItem[] items, FaceStoreOptions options, CancellationToken cancellation)
    {
        var records = new List<byte[]>();
        var (entries, faults) = Decode(items, options, records.Add, cancellation);
        return (new FaceStoreRecords(options.Size, records), entries, faults);
    }

    /// <summary>Decodes faces, several at once, and hands on the records in order.</summary>
    public static (int[] Entries, DataFault[] Faults) Decode(
        FaceItem[] items, FaceStoreOptions options, Action<byte[]> accept, CancellationToken cancellation)
    {
        var entries = new List<int>(items.Length);
        var faults = new List<DataFault>();
        var block = new (byte[]? Record, string? Fault)[Math.Min(items.Length, 16 * options.Threads)];
        for (var start = 0; start < items.Length; start += block.Length)
        {
            var count = Math.Min(block.Length, items.Length - start);
            var first = start;
            ParallelFaces.For(count, options.Threads, i => block[i] = Decode(items[first + i], options.Size), cancellation);
            for (var i = 0; i < count; i++)
            {
                if (block[i].Record is { } record)
                {
                    accept(record);
                    entries.Add(start + i);
                }
                else
                {
                    faults.Add(new DataFault(items[start + i].Name, block[i].Fault!));
                }
            }

            options.Progress?.Invoke(start + count, items.Length);
        }

        return ([.. entries], [.. faults]);
    }

    public void Read(int index, Span<byte> image, Span<byte> mask)
    {
        var pixels = size * size;
        if (memory is not null)
        {
            memory[index].AsSpan(0, 3 * pixels).CopyTo(image);
            memory[index].AsSpan(3 * pixels).CopyTo(mask);
            return;
        }

        var at = offset + (index * BytesOf(size));
        file!.ReadExactly(at, image[..(3 * pixels)]);
        file.ReadExactly(at + (3 * pixels), mask[..pixels]);
    }

    public void Dispose() => file?.Dispose();

    private static (byte[]? Record, string? Fault) Decode(FaceItem item, int size)
    {
        try
        {
            var record = new byte[BytesOf(size)];
            var (image, mask) = item.Read();
            Resizing.ToSquare(image, size).Pixels.CopyTo(record, 0);
            if (mask is not null)
            {
                Resizing.ToSquare(mask, size).Labels.CopyTo(record, 3 * size * size);
            }

            return (record, null);
        }
        catch (DataFileException exception)
        {
            return (null, $"{PrintableText.Escape(Path.GetFileName(exception.FilePath))}: {exception.Fault}");
        }
    }
}
