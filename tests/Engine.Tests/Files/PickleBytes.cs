using System.Buffers.Binary;
using System.Text;

namespace KernelDiff.Engine.Tests.Files;

/// <summary>Writes pickles opcode by opcode, well-formed or not, in the style of Python's pickler at protocol 2.</summary>
internal sealed class PickleBytes
{
    private readonly List<byte> written = [];

    public static byte[] Magic => [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.'];

    public byte[] ToArray() => [.. written];

    public PickleBytes Raw(params ReadOnlySpan<byte> bytes)
    {
        written.AddRange(bytes);
        return this;
    }

    /// <summary>Opcodes without arguments, by their characters.</summary>
    public PickleBytes Op(string characters) => Raw(Encoding.Latin1.GetBytes(characters));

    public PickleBytes Proto(byte version = 2) => Raw(0x80, version);

    public PickleBytes Stop() => Op(".");

    public PickleBytes Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        return Op("X").Raw(length).Raw(bytes);
    }

    public PickleBytes Int(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return Op("J").Raw(bytes);
    }

    public PickleBytes Long(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Raw(0x8A, 8).Raw(bytes);
    }

    public PickleBytes Global(string module, string name) => Op($"c{module}\n{name}\n");

    /// <summary>A call of a global with arguments that <paramref name="arguments"/> writes, each leaving one value.</summary>
    public PickleBytes Call(string module, string name, Action<PickleBytes> arguments)
    {
        Global(module, name).Op("(");
        arguments(this);
        return Op("tR");
    }

    /// <summary>A tuple of integers.</summary>
    public PickleBytes Numbers(params ReadOnlySpan<long> values)
    {
        Op("(");
        foreach (long value in values)
            Long(value);
        return Op("t");
    }

    /// <summary>A persistent identifier of a storage, as zip files have it, or with a view as legacy streams have it.</summary>
    public PickleBytes Storage(string key, long count, string type = "FloatStorage", Action<PickleBytes>? view = null)
    {
        Op("(").Text("storage").Global("torch", type).Text(key).Text("cpu").Long(count);
        view?.Invoke(this);
        return Op("tQ");
    }

    /// <summary>A tensor on a storage of <paramref name="count"/> elements.</summary>
    public PickleBytes Tensor(
        string key, long count, long offset, long[] size, long[] stride, string type = "FloatStorage", Action<PickleBytes>? view = null) =>
        Call("torch._utils", "_rebuild_tensor_v2", pickle => pickle
            .Storage(key, count, type, view).Long(offset).Numbers(size).Numbers(stride).Raw(0x89).OrderedDictionary());

    /// <summary>A one-dimensional tensor that is its whole storage.</summary>
    public PickleBytes Vector(string key, int count, string type = "FloatStorage", Action<PickleBytes>? view = null) =>
        Tensor(key, count, 0, [count], [1], type, view);

    public PickleBytes OrderedDictionary() => Global("collections", "OrderedDict").Op(")R");

    /// <summary>A dictionary whose values are what the actions write.</summary>
    public PickleBytes Dictionary(params ReadOnlySpan<(string Key, Action<PickleBytes> Value)> entries)
    {
        Op("}(");
        foreach ((string key, Action<PickleBytes> value) in entries)
        {
            Text(key);
            value(this);
        }

        return Op("u");
    }
}
