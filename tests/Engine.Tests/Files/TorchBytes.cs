using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace KernelDiff.Engine.Tests.Files;

/// <summary>Puts together torch files from pickles and storages.</summary>
internal static class TorchBytes
{
    /// <summary>An archive of data.pkl, the storages and a version, as torch.save writes it.</summary>
    public static byte[] Zip(PickleBytes pickle, params ReadOnlySpan<(string Key, byte[] Data)> storages) =>
        ZipBytes.Build(Records(pickle, storages));

    public static ZipRecord[] Records(PickleBytes pickle, params ReadOnlySpan<(string Key, byte[] Data)> storages)
    {
        List<ZipRecord> records = [new ZipRecord("model/data.pkl", pickle.ToArray())];
        foreach ((string key, byte[] data) in storages)
            records.Add(new ZipRecord($"model/data/{key}", data));
        records.Add(new ZipRecord("model/version", [.. "3\n"u8]));
        return [.. records];
    }

    /// <summary>The five pickles and the storages of a legacy stream.</summary>
    public static byte[] Legacy(PickleBytes pickle, params ReadOnlySpan<(string Key, long Count, byte[] Data)> storages)
    {
        var stream = new PickleBytes().Raw(PickleBytes.Magic).Proto().Op("M").Raw(0xE9, 0x03).Stop()
            .Proto().Dictionary(("little_endian", value => value.Raw(0x88))).Stop()
            .Raw(pickle.ToArray())
            .Proto().Op("](");
        foreach ((string key, _, _) in storages)
            stream.Text(key);
        stream.Op("e").Stop();
        Span<byte> countBytes = stackalloc byte[8];
        foreach ((_, long count, byte[] data) in storages)
        {
            BinaryPrimitives.WriteInt64LittleEndian(countBytes, count);
            stream.Raw(countBytes).Raw(data);
        }

        return stream.ToArray();
    }

    public static byte[] Floats(params ReadOnlySpan<float> values) => MemoryMarshal.AsBytes(values).ToArray();

    public static byte[] Ascending(int count) => Floats([.. Enumerable.Range(0, count).Select(index => (float)index)]);
}
