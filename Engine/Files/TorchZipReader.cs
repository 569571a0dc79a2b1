namespace KernelDiff.Engine.Files;

/// <summary>
/// Reads what <c>torch.save</c> writes since PyTorch 1.6: a zip archive with one folder, in it data.pkl (the pickled object, in which
/// storages are persistent identifiers), data/KEY (the bytes of a storage) and byteorder.
/// </summary>
internal static class TorchZipReader
{
    private const string PickleName = "data.pkl";

    private const long LongestPickle = 32L << 20;

    public static WeightFileContents Read(RandomAccessFile file)
    {
        var budget = new DescriptionBudget(file);
        List<ZipEntry> entries = ZipDirectory.Read(file, budget, out long directoryOffset);
        string folder = FindFolder(file, entries);
        ZipLayout.Check(file, entries, directoryOffset);

        Dictionary<string, ZipEntry> records = entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
        bool isBigEndian = ReadByteOrder(file, records.GetValueOrDefault($"{folder}byteorder"));
        ZipEntry pickle = records[folder + PickleName];
        CheckPickle(file, pickle);

        var storages = new Dictionary<string, TorchStorageData>(StringComparer.Ordinal);
        var input = new PickleInput(file, pickle.DataOffset, pickle.DataOffset + pickle.Length, PickleName);
        var calls = new PickleCalls(budget);
        var machine = new PickleMachine(input, budget, calls, (identifier, source) => TorchStorage.Load(identifier, source, Resolve));
        object? root = machine.Run();
        if (input.Remaining != 0)
            throw input.Fault("something follows its end");
        return TorchTensors.Collect(file, WeightFileFormat.TorchZip, root, calls, isBigEndian);

        TorchStorageData Resolve(string key, long byteLength)
        {
            if (!storages.TryGetValue(key, out TorchStorageData? storage))
            {
                if (!records.TryGetValue($"{folder}data/{key}", out ZipEntry? record))
                    throw file.Fault($"the record of storage {PrintableText.Quote(key)} is missing");
                budget.ChargeText(key.Length);
                storage = new TorchStorageData(key, record.Length) { FileOffset = record.DataOffset };
                storages.Add(key, storage);
            }

            return storage.ByteLength == byteLength
                ? storage
                : throw file.Fault(FormattableString.Invariant(
                    $"storage {PrintableText.Quote(key)} is described as {byteLength} bytes, but its record holds {storage.ByteLength}"));
        }
    }

    /// <summary>The archive's one folder, with a slash; or what else the archive is.</summary>
    private static string FindFolder(RandomAccessFile file, List<ZipEntry> entries)
    {
        string[] folders = [.. entries
            .Where(entry => entry.Name.EndsWith($"/{PickleName}", StringComparison.Ordinal) && entry.Name.Count('/') == 1)
            .Select(entry => entry.Name[..^PickleName.Length])];
        if (folders.Length > 1)
            throw file.Fault("its zip archive holds two checkpoints");
        if (folders is not [string folder])
        {
            throw entries.Exists(entry => entry.Name.EndsWith(".npy", StringComparison.OrdinalIgnoreCase))
                ? file.Fault("this is a NumPy archive (.npz), not a weight file", "Save the weights as safetensors or with torch.save.")
                : file.Fault(
                    "this is a zip archive, but not one that torch.save wrote (there is no FOLDER/data.pkl in it)",
                    "If it contains a weight file, unpack it and name that file.");
        }

        return entries.Exists(entry => entry.Name == $"{folder}constants.pkl")
            ? throw file.Fault("this is a TorchScript program (torch.jit.save), not a weight file", "Save the module's state_dict() with torch.save.")
            : folder;
    }

    private static bool ReadByteOrder(RandomAccessFile file, ZipEntry? record)
    {
        // PyTorch before 2.1 did not record the order, on machines that were little-endian.
        if (record is null)
            return false;
        if (record.Length <= 16)
        {
            ReadOnlySpan<byte> order = file.ReadBytes(record.DataOffset, (int)record.Length);
            if (order.SequenceEqual("little"u8))
                return false;
            if (order.SequenceEqual("big"u8))
                return true;
        }

        throw file.Fault("its byteorder record says neither little nor big");
    }

    /// <summary>
    /// The checksum of the description is worth its time, since a flipped bit there may still describe something. Those of the storages
    /// are not checked: torch.save can be told not to compute them.
    /// </summary>
    private static void CheckPickle(RandomAccessFile file, ZipEntry pickle)
    {
        if (pickle.Length > LongestPickle)
            throw file.Fault("its data.pkl is larger than 32 MiB, more than describing any checkpoint takes");
        uint checksum = 0;
        byte[] buffer = new byte[1 << 16];
        for (long offset = 0; offset < pickle.Length; offset += buffer.Length)
        {
            Span<byte> part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, pickle.Length - offset));
            file.ReadExactly(pickle.DataOffset + offset, part);
            checksum = Crc32.Append(checksum, part);
        }

        if (checksum != pickle.Checksum)
            throw file.Fault("its data.pkl does not match its checksum");
    }
}
