using System.Buffers.Binary;
using System.Text;
using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Tests.Files;

/// <summary>One record of an archive that <see cref="ZipBytes"/> writes. What is null is written as it should be.</summary>
internal sealed record ZipRecord(string Name, byte[] Data)
{
    public string? LocalName { get; init; }

    public ushort Flags { get; init; } = 0x0808;

    public ushort? LocalFlags { get; init; }

    public ushort Method { get; init; }

    public uint? Checksum { get; init; }

    public uint? DescriptorChecksum { get; init; }

    public uint? CentralLength { get; init; }

    public uint? CentralOffset { get; init; }

    /// <summary>Sizes and offset in 64 bits, as torch.save writes them beyond 4 GB.</summary>
    public bool IsWide { get; init; }

    /// <summary>Zeros behind the data that take no room on a disk, for records beyond 4 GB.</summary>
    public long Hole { get; init; }

    public long Length => Data.Length + Hole;

    /// <summary>Bytes between this record and the next.</summary>
    public byte[] Gap { get; init; } = [];
}

/// <summary>
/// Writes zip archives the way torch.save does (sizes behind the data, data padded to 64 bytes through an extra field, 64-bit end record),
/// with every field open to falsification.
/// </summary>
internal static class ZipBytes
{
    public static byte[] Build(params ReadOnlySpan<ZipRecord> records) => Build(records, comment: [], isWide: true);

    public static byte[] Build(ReadOnlySpan<ZipRecord> records, byte[] comment, bool isWide)
    {
        var stream = new MemoryStream();
        Write(stream, records, comment, isWide);
        return stream.ToArray();
    }

    public static void Write(Stream stream, ReadOnlySpan<ZipRecord> records, byte[] comment, bool isWide)
    {
        var writer = new BinaryWriter(stream);
        long[] offsets = new long[records.Length];
        for (int index = 0; index < records.Length; index++)
        {
            offsets[index] = stream.Position;
            WriteRecord(writer, records[index]);
        }

        long start = stream.Position;
        for (int index = 0; index < records.Length; index++)
            WriteEntry(writer, records[index], offsets[index]);
        long length = stream.Position - start;
        if (isWide)
            WriteWideEnd(writer, records.Length, start, length);
        writer.Write(0x06054B50);
        writer.Write(0);
        writer.Write((ushort)records.Length);
        writer.Write((ushort)records.Length);
        writer.Write((uint)length);
        writer.Write((uint)Math.Min(start, uint.MaxValue));
        writer.Write((ushort)comment.Length);
        writer.Write(comment);
        writer.Flush();
    }

    private static void WriteRecord(BinaryWriter writer, ZipRecord record)
    {
        byte[] name = Encoding.UTF8.GetBytes(record.LocalName ?? record.Name);
        bool hasDescriptor = (record.Flags & 8) != 0;
        uint checksum = Crc32.Append(0, record.Data);
        uint localLength = hasDescriptor ? 0 : record.IsWide ? uint.MaxValue : (uint)record.Length;
        byte[] wide = record.IsWide && !hasDescriptor ? Wide(record.Length, record.Length) : [];
        long dataStart = writer.BaseStream.Position + 30 + name.Length + wide.Length + 4;
        int padding = (int)(-dataStart & 63);
        writer.Write(0x04034B50);
        writer.Write((ushort)0);
        writer.Write(record.LocalFlags ?? record.Flags);
        writer.Write(record.Method);
        writer.Write(0);
        writer.Write(hasDescriptor ? 0 : record.Checksum ?? checksum);
        writer.Write(localLength);
        writer.Write(localLength);
        writer.Write((ushort)name.Length);
        writer.Write((ushort)(wide.Length + 4 + padding));
        writer.Write(name);
        writer.Write(wide);
        writer.Write("FB"u8);
        writer.Write((ushort)padding);
        writer.Write(Enumerable.Repeat((byte)'Z', padding).ToArray());
        writer.Write(record.Data);
        writer.Flush();
        writer.BaseStream.Position += record.Hole;
        if (hasDescriptor)
        {
            writer.Write(0x08074B50);
            writer.Write(record.DescriptorChecksum ?? record.Checksum ?? checksum);
            WriteLength(writer, record);
            WriteLength(writer, record);
        }

        writer.Write(record.Gap);
    }

    private static void WriteLength(BinaryWriter writer, ZipRecord record)
    {
        if (record.IsWide)
            writer.Write(record.Length);
        else
            writer.Write((uint)record.Length);
    }

    private static void WriteEntry(BinaryWriter writer, ZipRecord record, long offset)
    {
        byte[] name = Encoding.UTF8.GetBytes(record.Name);
        byte[] wide = record.IsWide ? Wide(record.Length, record.Length, offset) : [];
        uint length = record.IsWide ? uint.MaxValue : record.CentralLength ?? (uint)record.Length;
        writer.Write(0x02014B50);
        writer.Write(0);
        writer.Write(record.Flags);
        writer.Write(record.Method);
        writer.Write(0);
        writer.Write(record.Checksum ?? Crc32.Append(0, record.Data));
        writer.Write(length);
        writer.Write(length);
        writer.Write((ushort)name.Length);
        writer.Write((ushort)wide.Length);
        writer.Write((ushort)0);
        writer.Write((ushort)0);
        writer.Write((ushort)0);
        writer.Write(0);
        writer.Write(record.IsWide ? uint.MaxValue : record.CentralOffset ?? (uint)offset);
        writer.Write(name);
        writer.Write(wide);
    }

    private static void WriteWideEnd(BinaryWriter writer, int count, long start, long length)
    {
        long position = writer.BaseStream.Position;
        writer.Write(0x06064B50);
        writer.Write(44L);
        writer.Write(0);
        writer.Write(0L);
        writer.Write((long)count);
        writer.Write((long)count);
        writer.Write(length);
        writer.Write(start);
        writer.Write(0x07064B50);
        writer.Write(0);
        writer.Write(position);
        writer.Write(1);
    }

    /// <summary>The zip64 extra field.</summary>
    private static byte[] Wide(params ReadOnlySpan<long> values)
    {
        byte[] field = new byte[4 + (8 * values.Length)];
        BinaryPrimitives.WriteUInt16LittleEndian(field, 1);
        BinaryPrimitives.WriteUInt16LittleEndian(field.AsSpan(2), (ushort)(8 * values.Length));
        for (int index = 0; index < values.Length; index++)
            BinaryPrimitives.WriteInt64LittleEndian(field.AsSpan(4 + (8 * index)), values[index]);
        return field;
    }
}
