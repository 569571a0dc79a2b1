using System.Globalization;

namespace KernelDiff.Engine.Files;

/// <summary>The bytes of a pickle inside a file, read from front to back through a small buffer.</summary>
internal sealed class PickleInput
{
    /// <summary>The longest string, in bytes. Real ones are names; the largest are pickled callback states of some kilobytes.</summary>
    public const int LongestString = 4 << 20;

    /// <summary>The longest line of the text-based opcodes of protocol 0.</summary>
    private const int LongestLine = 1 << 16;

    private const int BufferLength = 1 << 14;

    private readonly RandomAccessFile file;
    private readonly string label;
    private readonly long start;
    private readonly long end;
    private byte[] buffer = new byte[BufferLength];
    private int position;
    private int buffered;
    private long bufferStart;

    /// <param name="file">The file.</param>
    /// <param name="start">Where the pickle starts.</param>
    /// <param name="end">Where the bytes that may belong to it end.</param>
    /// <param name="label">What messages call it, such as data.pkl.</param>
    public PickleInput(RandomAccessFile file, long start, long end, string label)
    {
        this.file = file;
        this.label = label;
        this.start = start;
        this.end = end;
        bufferStart = start;
    }

    /// <summary>Offset in the file of the next byte.</summary>
    public long Position => bufferStart + position;

    public RandomAccessFile File => file;

    public long Remaining => end - Position;

    public byte ReadByte()
    {
        if (position == buffered)
            Fill(1);
        return buffer[position++];
    }

    /// <summary>The next bytes; valid until the next read.</summary>
    public ReadOnlySpan<byte> ReadBytes(int count)
    {
        if (count > buffered - position)
            Fill(count);
        ReadOnlySpan<byte> bytes = buffer.AsSpan(position, count);
        position += count;
        return bytes;
    }

    /// <summary>The bytes of a string whose length comes from the file.</summary>
    public ReadOnlySpan<byte> ReadString(ulong length)
    {
        if (length > LongestString)
            throw Fault(string.Create(CultureInfo.InvariantCulture, $"it holds a string of {length} bytes; {LongestString} are allowed"));
        return ReadBytes((int)length);
    }

    /// <summary>The bytes up to the next line feed, without it; valid until the next read.</summary>
    public ReadOnlySpan<byte> ReadLine()
    {
        int length = 0;
        while (true)
        {
            int found = buffer.AsSpan(position + length, buffered - position - length).IndexOf((byte)'\n');
            if (found >= 0)
            {
                ReadOnlySpan<byte> line = buffer.AsSpan(position, length + found);
                position += line.Length + 1;
                return line;
            }

            length = buffered - position;
            if (length >= LongestLine)
                throw Fault(string.Create(CultureInfo.InvariantCulture, $"it holds a line of more than {LongestLine} bytes"));
            Fill(length + 1);
        }
    }

    /// <summary>The exception for a pickle that is damaged or was made to do harm.</summary>
    public WeightFileException Fault(string fault) => file.Fault(Place(fault));

    public WeightFileException Fault(string fault, string advice) => file.Fault(Place(fault), advice);

    /// <summary>Names the place of an opcode: <c>REDUCE at byte 86 of data.pkl</c>.</summary>
    public string Locate(PickleOpcode opcode, long position) =>
        string.Create(CultureInfo.InvariantCulture, $"{opcode.Describe()} at byte {position - start} of {label}");

    private string Place(string fault) => $"its {label} cannot be accepted: {fault}";

    /// <summary>Makes at least <paramref name="count"/> bytes from the position on available in the buffer.</summary>
    private void Fill(int count)
    {
        if (count > Remaining)
            throw Fault("it ends in the middle of a value");
        int kept = buffered - position;
        byte[] target = count > buffer.Length ? new byte[Math.Max(count, 2 * buffer.Length)] : buffer;
        buffer.AsSpan(position, kept).CopyTo(target);
        bufferStart += position;
        position = 0;
        buffer = target;
        int wanted = (int)Math.Min(target.Length - kept, end - bufferStart - kept);
        file.ReadExactly(bufferStart + kept, target.AsSpan(kept, wanted));
        buffered = kept + wanted;
    }
}
