using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace KernelDiff.Engine.Files;

/// <summary>
/// Reads what <c>torch.save</c> wrote before PyTorch 1.6: five pickles (a magic number, the protocol, facts about the machine, the object,
/// the keys of the storages), then for each key in order its element count as int64 and its elements. All of it is little-endian on
/// every machine, whatever the third pickle says, which is also how PyTorch reads it.
/// </summary>
internal static class TorchLegacyReader
{
    private const long Protocol = 1001;

    private static readonly BigInteger Magic = BigInteger.Parse("1950a86a20f9469cfc6c", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <summary>Whether these first bytes of a file are the magic number as the pickle protocols write it.</summary>
    public static bool IsPlausible(ReadOnlySpan<byte> head)
    {
        if (head is [0x80, _, .. ReadOnlySpan<byte> binary])
        {
            // Protocol 4 and later put the number into a frame: an opcode and eight bytes of length.
            if (binary is [(byte)PickleOpcode.Frame, ..] && binary.Length > 9)
                binary = binary[9..];
            return binary is [(byte)PickleOpcode.Long1, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, ..];
        }

        return head.StartsWith("L119547037146038801333356L\n"u8);
    }

    public static WeightFileContents Read(RandomAccessFile file)
    {
        var budget = new DescriptionBudget(file);
        var calls = new PickleCalls(budget);
        var storages = new Dictionary<string, (TorchStorageData Data, int ElementSize)>(StringComparer.Ordinal);
        long position = 0;
        if (Next("magic number") is not BigInteger magic || magic != Magic)
            throw file.Fault("it does not start with the magic number of torch.save");
        if (Next("protocol number") is not Protocol)
            throw file.Fault("it has another version of the format than 1001");
        if (Next("system description") is not PickleDictionary)
            throw file.Fault("it lacks the description of the machine that wrote it");
        object? root = Next("object");
        if (Next("storage list") is not PickleList keys)
            throw file.Fault("it lacks the list of its storages");
        Place(file, keys, storages, position);
        return TorchTensors.Collect(file, WeightFileFormat.TorchLegacy, root, calls, isBigEndian: false);

        object? Next(string label)
        {
            var input = new PickleInput(file, position, file.Length, label);
            object? value = new PickleMachine(input, budget, calls, Load).Run();
            position = input.Position;
            return value;
        }

        object Load(object? identifier, PickleInput input)
        {
            TorchStorageData? resolved = null;
            TorchStorage storage = TorchStorage.Load(identifier, input, (key, byteLength) => resolved = Resolve(key, byteLength));
            int size = storage.Type.Size();
            if (!storages.TryAdd(resolved!.Key, (resolved, size)) && storages[resolved.Key].ElementSize != size)
                throw input.Fault($"storage {PrintableText.Quote(resolved.Key)} is described twice, with different element types");
            return storage;
        }

        TorchStorageData Resolve(string key, long byteLength)
        {
            if (!storages.TryGetValue(key, out (TorchStorageData Data, int) known))
            {
                budget.ChargeText(key.Length);
                return new TorchStorageData(key, byteLength);
            }

            return known.Data.ByteLength == byteLength
                ? known.Data
                : throw file.Fault($"storage {PrintableText.Quote(key)} is described twice, with different sizes");
        }
    }

    /// <summary>Finds the elements of every storage and checks that they fill the rest of the file exactly.</summary>
    private static void Place(
        RandomAccessFile file, PickleList keys, Dictionary<string, (TorchStorageData Data, int ElementSize)> storages, long position)
    {
        Span<byte> countBytes = stackalloc byte[sizeof(long)];
        foreach (object? item in keys.Items)
        {
            if (item is not string key || !storages.TryGetValue(key, out (TorchStorageData Data, int ElementSize) storage))
                throw file.Fault("its list of storages names one that no tensor describes");
            string quotedKey = PrintableText.Quote(key);
            if (storage.Data.FileOffset is not null)
                throw file.Fault($"its list of storages names {quotedKey} twice");
            if (file.Length - position < sizeof(long))
                throw file.Fault($"it ends before the elements of storage {quotedKey}");
            file.ReadExactly(position, countBytes);
            position += sizeof(long);
            long count = BinaryPrimitives.ReadInt64LittleEndian(countBytes);
            if (count != storage.Data.ByteLength / storage.ElementSize)
                throw file.Fault(FormattableString.Invariant($"storage {quotedKey} holds {count} elements, which is not what its tensors describe"));
            if (storage.Data.ByteLength > file.Length - position)
                throw file.Fault($"it ends within the elements of storage {quotedKey}");
            storage.Data.FileOffset = position;
            position += storage.Data.ByteLength;
        }

        if (position != file.Length)
            throw file.Fault(FormattableString.Invariant($"{file.Length - position} bytes follow its last storage"));
    }
}
