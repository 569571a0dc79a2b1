namespace KernelDiff.Engine.Files;

/// <summary>The bytes behind one or more tensors of a torch file.</summary>
internal sealed class TorchStorageData(string key, long byteLength)
{
    public string Key { get; } = key;

    public long ByteLength { get; } = byteLength;

    /// <summary>Where the bytes lie in the file; a legacy stream only says so after everything was described.</summary>
    public long? FileOffset { get; set; }
}

/// <summary>A reference to a storage, or (in legacy streams) to a part of one.</summary>
/// <param name="Data">The storage.</param>
/// <param name="Type">Its element type; U8 for an untyped one.</param>
/// <param name="ByteOffset">Where the referenced part starts within the storage.</param>
/// <param name="ByteLength">The length of the part.</param>
internal sealed record TorchStorage(TorchStorageData Data, ElementType Type, long ByteOffset, long ByteLength)
{
    /// <summary>
    /// Reads a persistent identifier: ('storage', type, key, device, element count) and, in legacy streams, a last item that is None or
    /// (view key, first element, element count) for a part of the storage.
    /// </summary>
    /// <param name="identifier">The identifier.</param>
    /// <param name="input">The pickle, for messages.</param>
    /// <param name="resolve">Finds or registers the storage by key and byte length.</param>
    public static TorchStorage Load(object? identifier, PickleInput input, Func<string, long, TorchStorageData> resolve)
    {
        if (identifier is PickleTuple { Items: ["module", ..] })
        {
            throw input.Fault(
                "it holds a whole module with its source code, not only weights", "Save the module's state_dict() and use that file.");
        }

        if (identifier is not PickleTuple { Items: ["storage", PickleGlobal global, string key, string, long count, .. object?[] rest] })
            throw input.Fault("it refers to something else than a storage");
        string quotedKey = PrintableText.Quote(key);
        if (TorchTypes.Find(global) is not ElementType type)
        {
            throw input.Fault(
                $"storage {quotedKey} is a {PrintableText.Escape(global.FullName)}, whose element type is not supported",
                "Convert complex or quantised tensors to float before saving.");
        }

        if (count < 0 || count > input.File.Length / type.Size())
            throw input.Fault($"storage {quotedKey} claims more elements than the file has room for");
        TorchStorageData data = resolve(key, count * type.Size());
        switch (rest)
        {
            case [] or [null]:
                return new TorchStorage(data, type, 0, data.ByteLength);
            case [PickleTuple { Items: [_, long first, long length] }] when first >= 0 && length >= 0 && first <= count - length:
                return new TorchStorage(data, type, first * type.Size(), length * type.Size());
            default:
                throw input.Fault($"storage {quotedKey} has a view that does not lie inside it");
        }
    }
}
