using System.Buffers.Binary;

namespace KernelDiff.Engine.Files;

/// <summary>
/// Checks that the records of a zip archive are what its central directory says: stored (neither compressed nor encrypted), their own
/// headers agreeing with the directory, and joined without gap or overlap from the start of the file to the directory. Then a record's
/// size is what it takes in the file, and no two records share a byte.
/// </summary>
internal static class ZipLayout
{
    private const uint HeaderSignature = 0x04034B50;
    private const uint DescriptorSignature = 0x08074B50;
    private const int HeaderLength = 30;
    private const int LongestDescriptor = 24;
    private const int ReadAhead = 256;

    /// <summary>Flag bit 3: sizes and checksum follow the data, and may be zero in the record's header.</summary>
    private const ushort HasDescriptor = 1 << 3;

    /// <summary>Flag bits 1 and 2: how hard a compressor tried, without meaning for stored records; .NET sets them.</summary>
    private const ushort Effort = 3 << 1;

    /// <summary>Flag bit 11: the name is UTF-8.</summary>
    private const ushort HasUtf8Name = 1 << 11;

    /// <summary>Checks the archive and sets <see cref="ZipEntry.DataOffset"/> of every record.</summary>
    /// <exception cref="WeightFileException">A record breaks a rule.</exception>
    public static void Check(RandomAccessFile file, IEnumerable<ZipEntry> entries, long directoryOffset)
    {
        ZipEntry[] ordered = [.. entries.OrderBy(entry => entry.HeaderOffset)];
        byte[] buffer = new byte[HeaderLength + (2 * ushort.MaxValue)];
        long end = 0;
        for (int index = 0; index < ordered.Length; index++)
        {
            ZipEntry entry = ordered[index];
            CheckMethod(file, entry);
            if (entry.HeaderOffset != end)
                throw Fault(file, entry, entry.HeaderOffset < end ? "overlaps another one" : "leaves a gap before it");
            CheckHeader(file, entry, buffer, directoryOffset);
            long next = index + 1 < ordered.Length ? ordered[index + 1].HeaderOffset : directoryOffset;
            end = entry.DataOffset + entry.Length;
            if ((entry.Flags & HasDescriptor) != 0 && next > end)
                end += CheckDescriptor(file, entry, buffer, end, next - end);
        }

        if (end != directoryOffset)
            throw file.Fault("its zip records do not end where the directory begins");
    }

    private static void CheckMethod(RandomAccessFile file, ZipEntry entry)
    {
        if ((entry.Flags & 1) != 0)
            throw Fault(file, entry, "is encrypted");
        if ((entry.Flags & ~(HasDescriptor | HasUtf8Name | Effort)) != 0)
            throw Fault(file, entry, "has flags that no checkpoint needs");
        if (entry.Method != 0 || entry.StoredLength != entry.Length)
        {
            throw file.Fault(
                $"its zip record {PrintableText.Quote(entry.Name)} is compressed, which torch.save never does",
                "Unpack the archive and name the weight file inside, or save the weights again.");
        }
    }

    private static void CheckHeader(RandomAccessFile file, ZipEntry entry, byte[] buffer, long directoryOffset)
    {
        long available = directoryOffset - entry.HeaderOffset;
        if (available < HeaderLength)
            throw Fault(file, entry, "reaches beyond the end of the archive");

        // One read covers the header with its name and extra fields, but for extra fields of unusual length.
        int ahead = (int)Math.Min(available, ReadAhead);
        file.ReadExactly(entry.HeaderOffset, buffer.AsSpan(0, ahead));
        ReadOnlySpan<byte> header = buffer;
        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header[26..]);
        int extraLength = BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != HeaderSignature || nameLength != entry.RawName.Length)
            throw Fault(file, entry, "differs between directory and record");
        if (entry.Length > available - HeaderLength - nameLength - extraLength)
            throw Fault(file, entry, "reaches beyond the end of the archive");

        int headerLength = HeaderLength + nameLength + extraLength;
        if (headerLength > ahead)
            file.ReadExactly(entry.HeaderOffset + ahead, buffer.AsSpan(ahead, headerLength - ahead));
        ReadOnlySpan<byte> extra = header.Slice(HeaderLength + nameLength, extraLength);
        ReadOnlySpan<byte> wide = ZipDirectory.FindZip64(file, extra);
        bool mayBeZero = (entry.Flags & HasDescriptor) != 0;
        bool agrees = header.Slice(HeaderLength, nameLength).SequenceEqual(entry.RawName)
            && BinaryPrimitives.ReadUInt16LittleEndian(header[6..]) == entry.Flags
            && BinaryPrimitives.ReadUInt16LittleEndian(header[8..]) == entry.Method
            && BinaryPrimitives.ReadUInt32LittleEndian(header[14..]) is uint checksum
            && (checksum == entry.Checksum || (mayBeZero && checksum == 0))
            && SizeAgrees(BinaryPrimitives.ReadUInt32LittleEndian(header[22..]), wide, entry.Length, mayBeZero)
            && SizeAgrees(BinaryPrimitives.ReadUInt32LittleEndian(header[18..]), wide.Length >= 16 ? wide[8..] : wide, entry.Length, mayBeZero);
        if (!agrees)
            throw Fault(file, entry, "differs between directory and record");
        entry.DataOffset = entry.HeaderOffset + headerLength;
    }

    private static bool SizeAgrees(uint narrow, ReadOnlySpan<byte> wide, long length, bool mayBeZero) =>
        narrow == length
        || (mayBeZero && narrow == 0)
        || (narrow == uint.MaxValue && wide.Length >= 8
            && (BinaryPrimitives.ReadInt64LittleEndian(wide) == length || (mayBeZero && BinaryPrimitives.ReadInt64LittleEndian(wide) == 0)));

    /// <summary>Checks the checksum and sizes that follow the data, with or without signature, in 32 or 64 bits, and returns their length.</summary>
    private static long CheckDescriptor(RandomAccessFile file, ZipEntry entry, byte[] buffer, long offset, long gap)
    {
        if (gap is not (12 or 16 or 20 or LongestDescriptor))
            throw Fault(file, entry, "leaves a gap behind it");
        file.ReadExactly(offset, buffer.AsSpan(0, (int)gap));
        ReadOnlySpan<byte> descriptor = buffer.AsSpan(0, (int)gap);
        bool agrees = true;
        if (gap is 16 or LongestDescriptor)
        {
            agrees = BinaryPrimitives.ReadUInt32LittleEndian(descriptor) == DescriptorSignature;
            descriptor = descriptor[4..];
        }

        agrees &= BinaryPrimitives.ReadUInt32LittleEndian(descriptor) == entry.Checksum;
        descriptor = descriptor[4..];
        agrees &= descriptor.Length == 8
            ? BinaryPrimitives.ReadUInt32LittleEndian(descriptor) == entry.Length
                && BinaryPrimitives.ReadUInt32LittleEndian(descriptor[4..]) == entry.Length
            : BinaryPrimitives.ReadInt64LittleEndian(descriptor) == entry.Length
                && BinaryPrimitives.ReadInt64LittleEndian(descriptor[8..]) == entry.Length;
        return agrees ? gap : throw Fault(file, entry, "differs between directory and record");
    }

    private static WeightFileException Fault(RandomAccessFile file, ZipEntry entry, string fault) =>
        file.Fault($"its zip record {PrintableText.Quote(entry.Name)} {fault}");
}
