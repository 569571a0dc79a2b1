using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace KernelDiff.Engine.Files.Onnx;

/// <summary>
/// Encodes one Protocol Buffers message, field by field: a varint of field number and wire type, then the value
/// (https://protobuf.dev/programming-guides/encoding).
/// </summary>
internal sealed class ProtobufMessage
{
    private const int Varint = 0;
    private const int LengthDelimited = 2;
    private const int Fixed32 = 5;

    private readonly ArrayBufferWriter<byte> buffer = new();

    public ReadOnlyMemory<byte> Encoded => buffer.WrittenMemory;

    public ProtobufMessage Add(int field, long value)
    {
        AddVarint(Key(field, Varint));
        AddVarint((ulong)value);
        return this;
    }

    public ProtobufMessage Add(int field, float value)
    {
        AddVarint(Key(field, Fixed32));
        BinaryPrimitives.WriteSingleLittleEndian(buffer.GetSpan(sizeof(float)), value);
        buffer.Advance(sizeof(float));
        return this;
    }

    public ProtobufMessage Add(int field, string value) => Add(field, Encoding.UTF8.GetBytes(value));

    public ProtobufMessage Add(int field, ProtobufMessage value) => Add(field, value.Encoded.Span);

    public ProtobufMessage Add(int field, ReadOnlySpan<byte> value)
    {
        AddLength(field, value.Length);
        buffer.Write(value);
        return this;
    }

    /// <summary>Announces a length-delimited field whose content is written elsewhere, right after this message.</summary>
    public ProtobufMessage AddLength(int field, long length)
    {
        AddVarint(Key(field, LengthDelimited));
        AddVarint((ulong)length);
        return this;
    }

    /// <summary>Adds bytes that are encoded fields.</summary>
    public void Append(ReadOnlySpan<byte> fields) => buffer.Write(fields);

    private static ulong Key(int field, int wireType) => ((ulong)field << 3) | (uint)wireType;

    private void AddVarint(ulong value)
    {
        const int Continues = 0x80;
        var span = buffer.GetSpan(10);
        var count = 0;
        while (value >= Continues)
        {
            span[count++] = (byte)(value | Continues);
            value >>= 7;
        }

        span[count++] = (byte)value;
        buffer.Advance(count);
    }
}
