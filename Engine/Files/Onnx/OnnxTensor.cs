using System.Runtime.InteropServices;

namespace KernelDiff.Engine.Files.Onnx;

/// <summary>Takes the bytes that come next in a file.</summary>
internal delegate void AppendBytes(ReadOnlySpan<byte> bytes);

/// <summary>A constant of a graph (<c>TensorProto</c>). Weights are read only when they are written, one at a time.</summary>
internal sealed class OnnxTensor
{
    private const int Single = 1;
    private const int Int64 = 7;

    private readonly Action<AppendBytes> write;

    private OnnxTensor(string name, int type, IReadOnlyList<long> shape, long byteSize, Action<AppendBytes> write)
    {
        this.write = write;
        ByteSize = byteSize;
        Description = new ProtobufMessage();
        foreach (var size in shape)
        {
            Description.Add(1, size);
        }

        Description.Add(2, type).Add(8, name).AddLength(9, byteSize);
    }

    /// <summary>The message but for its last field, the elements.</summary>
    public ProtobufMessage Description { get; }

    /// <summary>Bytes of the elements.</summary>
    public long ByteSize { get; }

    public static OnnxTensor Of(string name, IReadOnlyList<long> shape, Func<float[]> values) => new(
        name,
        Single,
        shape,
        shape.Aggregate((long)sizeof(float), (bytes, size) => bytes * size),
        append => append(MemoryMarshal.AsBytes(values().AsSpan())));

    public static OnnxTensor Of(string name, long[] values) => new(
        name, Int64, [values.Length], (long)sizeof(long) * values.Length, append => append(MemoryMarshal.AsBytes(values.AsSpan())));

    /// <summary>Hands over the elements, little-endian.</summary>
    public void Write(AppendBytes append) => write(bytes =>
    {
        if (bytes.Length != ByteSize)
        {
            throw new InvalidOperationException($"A constant of {ByteSize} bytes was announced, {bytes.Length} were read.");
        }

        append(bytes);
    });
}
