using System.Buffers.Binary;
using System.Text.Json;
using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Data;

/// <summary>
/// Prepared faces in one file: the records, a JSON description, its length and checksum. The description stands at the end because only
/// after decoding is it known which faces are good. A file that is not complete or does not fit the key counts as missing.
/// </summary>
internal static class FaceStoreFile
{
    private const int TrailerBytes = 8;

    /// <summary>Decodes faces into a file that appears complete or not at all.</summary>
    public static void Write(string path, byte[] key, FaceItem[] items, FaceStoreOptions options, CancellationToken cancellation)
    {
        using var file = new AtomicFile(path);
        var offset = 0L;
        var (entries, faults) = FaceStoreRecords.Decode(
            items,
            options,
            record =>
            {
                file.Write(offset, record);
                offset += record.Length;
            },
            cancellation);
        var description = JsonSerializer.SerializeToUtf8Bytes(
            new Description(Convert.ToHexStringLower(key), options.Size, items.Length, entries, faults));
        file.Write(offset, description);
        var trailer = new byte[TrailerBytes];
        BinaryPrimitives.WriteInt32LittleEndian(trailer, description.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer.AsSpan(4), Crc32.Append(0, description));
        file.Write(offset + description.Length, trailer);
        file.Commit();
    }

    /// <summary>Whether a file holds what the key asks for.</summary>
    public static bool TryOpen(string path, byte[] key, int size, int count, out Description? description)
    {
        description = null;
        if (!File.Exists(path))
        {
            return false;
        }

        try
        {
            using var file = RandomAccessFile.Open(path);
            description = ReadDescription(file);
        }
        catch (Exception exception) when (exception is WeightFileException or JsonException)
        {
            return false;
        }

        return description is not null && description.Key == Convert.ToHexStringLower(key) && description.Size == size
            && description.Count == count && Array.TrueForAll(description.Entries, entry => entry >= 0 && entry < count);
    }

    /// <summary>Opens a file that was just written or found good.</summary>
    public static (FaceStoreRecords Records, int[] Entries, DataFault[] Faults) Open(string path, byte[] key, int size, int count, bool inMemory)
    {
        if (!TryOpen(path, key, size, count, out var description))
        {
            throw new IOException($"{PrintableText.Escape(path)} changed while it was opened.");
        }

        var file = RandomAccessFile.Open(path);
        if (!inMemory)
        {
            return (new FaceStoreRecords(size, file, 0), description!.Entries, description.Faults);
        }

        using (file)
        {
            var bytes = FaceStoreRecords.BytesOf(size);
            byte[][] records = [.. Enumerable.Range(0, description!.Entries.Length).Select(i => file.ReadBytes(i * bytes, (int)bytes))];
            return (new FaceStoreRecords(size, records), description.Entries, description.Faults);
        }
    }

    private static Description? ReadDescription(RandomAccessFile file)
    {
        if (file.Length < TrailerBytes)
        {
            return null;
        }

        var trailer = file.ReadBytes(file.Length - TrailerBytes, TrailerBytes);
        var length = BinaryPrimitives.ReadInt32LittleEndian(trailer);
        if (length < 0 || length > file.Length - TrailerBytes)
        {
            return null;
        }

        var text = file.ReadBytes(file.Length - TrailerBytes - length, length);
        if (Crc32.Append(0, text) != BinaryPrimitives.ReadUInt32LittleEndian(trailer.AsSpan(4)))
        {
            return null;
        }

        var description = JsonSerializer.Deserialize<Description>(text);
        var expected = description is null ? -1 : (description.Entries.Length * FaceStoreRecords.BytesOf(description.Size)) + length + TrailerBytes;
        return file.Length == expected ? description : null;
    }

    /// <summary>What the records are of.</summary>
    internal sealed record Description(string Key, int Size, int Count, int[] Entries, DataFault[] Faults);
}
