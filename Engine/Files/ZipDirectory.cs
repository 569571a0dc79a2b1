using System.Buffers.Binary;
using System.Globalization;

namespace KernelDiff.Engine.Files;

/// <summary>One record of a zip archive, as its central directory describes it.</summary>
internal sealed class ZipEntry
{
    public required string Name { get; init; }

    public required byte[] RawName { get; init; }

    public required ushort Flags { get; init; }

    public required ushort Method { get; init; }

    public required uint Checksum { get; init; }

    public required long StoredLength { get; init; }

    public required long Length { get; init; }

    public required long HeaderOffset { get; init; }

    /// <summary>Where the record's bytes start; known once <see cref="ZipLayout"/> has checked the archive.</summary>
    public long DataOffset { get; set; }
}

/// <summary>
/// Reads the central directory of a zip archive, 32 and 64 bit. Stricter than the format: the directory must end exactly where the end
/// record begins and the end record with the file, nothing may be split over disks, no name may occur twice. That leaves no room for
/// archives that two readers understand differently. Format: PKWARE's APPNOTE 6.3, sections 4.3 and 4.5.
/// </summary>
internal static class ZipDirectory
{
    private const uint EndSignature = 0x06054B50;
    private const uint End64Signature = 0x06064B50;
    private const uint Locator64Signature = 0x07064B50;
    private const uint EntrySignature = 0x02014B50;
    private const int EndLength = 22;
    private const int End64Length = 56;
    private const int Locator64Length = 20;
    private const int EntryLength = 46;
    private const int LongestDirectory = 16 << 20;
    private const int MostEntries = 1 << 16;
    private const int LongestName = 1024;
    private const ushort Zip64Field = 1;

    /// <summary>Lists all records.</summary>
    /// <param name="file">The archive.</param>
    /// <param name="budget">Pays for the list.</param>
    /// <param name="offset">Where the directory starts, which is where the last record must end.</param>
    /// <exception cref="WeightFileException">The directory breaks a rule.</exception>
    public static List<ZipEntry> Read(RandomAccessFile file, DescriptionBudget budget, out long offset)
    {
        (long count, long length, offset) = Locate(file);
        if (count > MostEntries || length > LongestDirectory)
            throw file.Fault(string.Create(CultureInfo.InvariantCulture, $"its zip directory lists {count} records, more than any checkpoint"));
        budget.Charge(length);
        ReadOnlySpan<byte> bytes = file.ReadBytes(offset, (int)length);
        var entries = new List<ZipEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (long index = 0; index < count; index++)
        {
            ZipEntry entry = ReadEntry(file, budget, ref bytes);
            if (!names.Add(entry.Name))
                throw file.Fault($"its zip directory lists {PrintableText.Quote(entry.Name)} twice");
            entries.Add(entry);
        }

        return bytes.IsEmpty ? entries : throw file.Fault("its zip directory holds more than the records it counts");
    }

    private static (long Count, long Length, long Offset) Locate(RandomAccessFile file)
    {
        if (file.Length < EndLength)
            throw file.Fault("it starts like a zip archive, but is too short for one");
        long endOffset = file.Length - EndLength;
        ReadOnlySpan<byte> end = file.ReadBytes(endOffset, EndLength);
        if (BinaryPrimitives.ReadUInt32LittleEndian(end) != EndSignature || BinaryPrimitives.ReadUInt16LittleEndian(end[20..]) != 0)
            throw file.Fault("it starts like a zip archive, but does not end with a zip directory: it was cut off, or something was appended");

        long count = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(end[12..]);
        long offset = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
        bool isSplit = BinaryPrimitives.ReadUInt32LittleEndian(end[4..]) != 0 || BinaryPrimitives.ReadUInt16LittleEndian(end[8..]) != count;
        if (Locate64(file, endOffset) is (long count64, long length64, long offset64, long start64))
        {
            // A 32-bit field must repeat its 64-bit counterpart or be saturated, or readers that know only one of them would differ.
            isSplit |= (count != ushort.MaxValue && count != count64) || (length != uint.MaxValue && length != length64)
                || (offset != uint.MaxValue && offset != offset64);
            (count, length, offset, endOffset) = (count64, length64, offset64, start64);
        }

        if (isSplit)
            throw file.Fault("its zip directory contradicts itself or spans several disks");
        if (offset < 0 || length < 0 || count < 0 || offset > endOffset || length != endOffset - offset)
            throw file.Fault("its zip directory does not end where the end record begins");
        return (count, length, offset);
    }

    private static (long Count, long Length, long Offset, long Start)? Locate64(RandomAccessFile file, long endOffset)
    {
        if (endOffset < Locator64Length + End64Length)
            return null;
        long start = endOffset - Locator64Length - End64Length;
        ReadOnlySpan<byte> bytes = file.ReadBytes(start, End64Length + Locator64Length);
        ReadOnlySpan<byte> locator = bytes[End64Length..];
        if (BinaryPrimitives.ReadUInt32LittleEndian(locator) != Locator64Signature)
            return null;
        long count = BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]);
        bool isSound = BinaryPrimitives.ReadUInt32LittleEndian(bytes) == End64Signature
            && BinaryPrimitives.ReadInt64LittleEndian(bytes[4..]) == End64Length - 12
            && BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]) == 0
            && BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]) == count
            && BinaryPrimitives.ReadUInt32LittleEndian(locator[4..]) == 0
            && BinaryPrimitives.ReadInt64LittleEndian(locator[8..]) == start
            && BinaryPrimitives.ReadUInt32LittleEndian(locator[16..]) <= 1;
        if (!isSound)
            throw file.Fault("its 64-bit zip end record contradicts itself or is out of place");
        return (count, BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]), BinaryPrimitives.ReadInt64LittleEndian(bytes[48..]), start);
    }

    private static ZipEntry ReadEntry(RandomAccessFile file, DescriptionBudget budget, ref ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < EntryLength || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != EntrySignature)
            throw file.Fault("its zip directory is cut off or damaged");
        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes[28..]);
        int extraLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes[30..]);
        int commentLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes[32..]);
        int total = EntryLength + nameLength + extraLength + commentLength;
        if (total > bytes.Length || nameLength is 0 or > LongestName)
            throw file.Fault("its zip directory is cut off or damaged");
        if (BinaryPrimitives.ReadUInt16LittleEndian(bytes[34..]) != 0)
            throw file.Fault("its zip archive spans several disks");

        ReadOnlySpan<byte> name = bytes.Slice(EntryLength, nameLength);
        budget.ChargeText(nameLength);
        budget.Charge(200);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[24..]);
        long storedLength = BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]);
        long offset = BinaryPrimitives.ReadUInt32LittleEndian(bytes[42..]);
        ReadOnlySpan<byte> wide = FindZip64(file, bytes.Slice(EntryLength + nameLength, extraLength));
        var entry = new ZipEntry
        {
            Name = PickleText.DecodeUtf8(name) ?? throw file.Fault("its zip directory holds a name that is not UTF-8"),
            RawName = name.ToArray(),
            Flags = BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]),
            Method = BinaryPrimitives.ReadUInt16LittleEndian(bytes[10..]),
            Checksum = BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]),
            Length = Widen(file, length, ref wide),
            StoredLength = Widen(file, storedLength, ref wide),
            HeaderOffset = Widen(file, offset, ref wide),
        };
        bytes = bytes[total..];
        return entry;
    }

    /// <summary>The 64-bit value of a saturated 32-bit field, taken from the front of the zip64 field.</summary>
    private static long Widen(RandomAccessFile file, long narrow, ref ReadOnlySpan<byte> wide)
    {
        if (narrow != uint.MaxValue)
            return narrow;
        if (wide.Length < 8 || BinaryPrimitives.ReadInt64LittleEndian(wide) is not (>= 0 and long value))
            throw file.Fault("its zip directory lacks the 64-bit size or offset of a record");
        wide = wide[8..];
        return value;
    }

    /// <summary>The contents of the zip64 field among a record's extra fields, or nothing.</summary>
    internal static ReadOnlySpan<byte> FindZip64(RandomAccessFile file, ReadOnlySpan<byte> extra)
    {
        ReadOnlySpan<byte> found = [];
        while (!extra.IsEmpty)
        {
            if (extra.Length < 4 || BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]) > extra.Length - 4)
                throw file.Fault("its zip archive holds a malformed extra field");
            int length = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (BinaryPrimitives.ReadUInt16LittleEndian(extra) == Zip64Field)
                found = extra.Slice(4, length);
            extra = extra[(4 + length)..];
        }

        return found;
    }
}
