using System.Buffers.Binary;
using System.Text;

namespace KernelDiff.Engine.Tests.Files;

/// <summary>Puts together safetensors files, well-formed or not, without help from the code under test.</summary>
internal static class SafeTensorsBytes
{
    public static byte[] Build(string header, params ReadOnlySpan<byte> data) => Build(Encoding.UTF8.GetBytes(header), data);

    public static byte[] Build(ReadOnlySpan<byte> header, params ReadOnlySpan<byte> data)
    {
        byte[] file = new byte[8 + header.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file.AsSpan(8));
        data.CopyTo(file.AsSpan(8 + header.Length));
        return file;
    }
}
