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

    private readonly RandomAccessFile _file;
    private readonly string _label;
    private readonly long _start;
    private readonly long _end;
    private byte[] _buffer = new byte[BufferLength];
    private int _position;
    private int _count;
    private long _bufferStart;

    /// <param name="file">The file.</param>
    /// <param name="start">Where the pickle starts.</param>
    /// <param name="end">Where the bytes that may belong to it end.</param>
    /// <param name="label">What messages call it, such as data.pkl.</param>
    public PickleInput(RandomAccessFile file, long start, long end, string label)
    {
        _file = file;
        _label = label;
        _start = start;
        _end = end;
        _bufferStart = start;
    }

    /// <summary>Offset in the file of the next byte.</summary>
    public long Position => _bufferStart + _position;

    public RandomAccessFile File => _file;

    public long Remaining => _end - Position;

    public byte ReadByte()
    {
        if (_position == _count)
            Fill(1);
        return _buffer[_position++];
    }

    /// <summary>The next bytes; valid until the next read.</summary>
    public ReadOnlySpan<byte> ReadBytes(int count)
    {
        if (count > _count - _position)
            Fill(count);
        ReadOnlySpan<byte> bytes = _buffer.AsSpan(_position, count);
        _position += count;
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
            int found = _buffer.AsSpan(_position + length, _count - _position - length).IndexOf((byte)'\n');
            if (found >= 0)
            {
                ReadOnlySpan<byte> line = _buffer.AsSpan(_position, length + found);
                _position += line.Length + 1;
                return line;
            }

            length = _count - _position;
            if (length >= LongestLine)
                throw Fault(string.Create(CultureInfo.InvariantCulture, $"it holds a line of more than {LongestLine} bytes"));
            Fill(length + 1);
        }
    }

    /// <summary>The exception for a pickle that is damaged or was made to do harm.</summary>
    public WeightFileException Fault(string fault) => _file.Fault(Place(fault));

    public WeightFileException Fault(string fault, string advice) => _file.Fault(Place(fault), advice);

    /// <summary>Names the place of an opcode: <c>REDUCE at byte 86 of data.pkl</c>.</summary>
    public string Locate(PickleOpcode opcode, long position) =>
        string.Create(CultureInfo.InvariantCulture, $"{opcode.Describe()} at byte {position - _start} of {_label}");

    private string Place(string fault) => $"its {_label} cannot be accepted: {fault}";

    /// <summary>Makes at least <paramref name="count"/> bytes from the position on available in the buffer.</summary>
    private void Fill(int count)
    {
        if (count > Remaining)
            throw Fault("it ends in the middle of a value");
        int kept = _count - _position;
        byte[] target = count > _buffer.Length ? new byte[Math.Max(count, 2 * _buffer.Length)] : _buffer;
        _buffer.AsSpan(_position, kept).CopyTo(target);
        _bufferStart += _position;
        _position = 0;
        _buffer = target;
        int wanted = (int)Math.Min(target.Length - kept, _end - _bufferStart - kept);
        _file.ReadExactly(_bufferStart + kept, target.AsSpan(kept, wanted));
        _count = kept + wanted;
    }
}
