using System.Globalization;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Imaging;

namespace KernelDiff.Engine.Data;

/// <summary>How faces are prepared for training.</summary>
public sealed record FaceStoreOptions
{
    /// <summary>Edge of pictures and masks in pixels.</summary>
    public required int Size { get; init; }

    /// <summary>Where prepared pictures are kept between runs; null to keep none.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>Bytes up to which all pictures are held in memory; beyond, they are read from the cache.</summary>
    public long MemoryLimit { get; init; } = 1L << 30;

    /// <summary>How many files are decoded at once.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Is told how many of how many files are decoded.</summary>
    public Action<int, int>? Progress { get; init; }
}

/// <summary>
/// Faces of a data set, decoded and brought to one size: bytes ready to be put into batches. Files that cannot be decoded are left out
/// and listed here, before training begins, so that the order of training never depends on them.
/// </summary>
public sealed class FaceStore : IDisposable
{
    private readonly FaceStoreRecords records;

    private FaceStore(FaceStoreRecords records, IReadOnlyList<FaceItem> items, IReadOnlyList<DataFault> faults, int size, bool isFromCache)
    {
        this.records = records;
        (Items, Faults, Size, IsFromCache) = (items, faults, size, isFromCache);
    }

    /// <summary>Edge of pictures and masks in pixels.</summary>
    public int Size { get; }

    /// <summary>Number of faces.</summary>
    public int Count => Items.Count;

    /// <summary>What is known of each face.</summary>
    public IReadOnlyList<FaceItem> Items { get; }

    /// <summary>The files that could not be decoded.</summary>
    public IReadOnlyList<DataFault> Faults { get; }

    /// <summary>Whether the pictures were found in the cache.</summary>
    public bool IsFromCache { get; }

    /// <summary>Prepares faces, or finds them prepared in the cache.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="selection">Indices into its items.</param>
    /// <param name="options">Size, cache and memory.</param>
    /// <param name="cancellation">Stops the preparation.</param>
    /// <exception cref="DataFileException">No file can be decoded.</exception>
    /// <exception cref="IOException">The cache cannot be written.</exception>
    /// <exception cref="ArgumentException">The faces do not fit into the memory limit and there is no cache folder.</exception>
    public static FaceStore Prepare(
        FaceDataset dataset, IReadOnlyList<int> selection, FaceStoreOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(selection);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Size);
        FaceItem[] items = [.. selection.Select(index => dataset.Items[index])];
        var recordBytes = FaceStoreRecords.BytesOf(options.Size);
        var fits = recordBytes * items.Length <= options.MemoryLimit;
        if (!fits && options.CacheFolder is null)
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"{items.Length} faces of {options.Size} x {options.Size} pixels take {recordBytes * items.Length} bytes, {options.MemoryLimit} are ")
                + "allowed. Name a cache folder, or use fewer or smaller faces.");
        }

        var key = FaceStoreKey.Of(items, options.Size);
        var cachePath = options.CacheFolder is null ? null : Path.Combine(options.CacheFolder, FaceStoreKey.FileName(key, options.Size));
        var isFromCache = cachePath is not null && FaceStoreFile.TryOpen(cachePath, key, options.Size, items.Length, out _);
        if (cachePath is not null && !isFromCache)
        {
            Directory.CreateDirectory(options.CacheFolder!);
            FaceStoreFile.Write(cachePath, key, items, options, cancellation);
        }

        var (records, entries, faults) = cachePath is null
            ? FaceStoreRecords.Decode(items, options, cancellation)
            : FaceStoreFile.Open(cachePath, key, options.Size, items.Length, inMemory: fits);
        if (entries.Length == 0)
        {
            records.Dispose();
            throw new DataFileException(
                dataset.Folder,
                string.Create(
                    CultureInfo.InvariantCulture, $"none of the {items.Length} chosen faces can be decoded; the first: {faults[0].Reason}"),
                "Check the files.");
        }

        return new FaceStore(records, [.. entries.Select(entry => items[entry])], faults, options.Size, isFromCache);
    }

    /// <summary>Copies one face: image [size, size, 3], mask [size, size] (zeros where there is none).</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such face.</exception>
    public void Read(int index, Span<byte> image, Span<byte> mask)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        records.Read(index, image, mask);
    }

    /// <summary>The face as a picture.</summary>
    public RgbImage ImageOf(int index)
    {
        var image = new RgbImage(Size, Size);
        Read(index, image.Pixels, new byte[Size * Size]);
        return image;
    }

    /// <summary>The face's mask, zeros where it has none.</summary>
    public LabelMask MaskOf(int index)
    {
        var mask = new LabelMask(Size, Size);
        Read(index, new byte[3 * Size * Size], mask.Labels);
        return mask;
    }

    /// <summary>The face's attributes as <see cref="AttributeState"/>, all unspecified where they are not known.</summary>
    public void ReadAttributes(int index, Span<byte> states)
    {
        var attributes = Items[index].Attributes;
        for (var i = 0; i < FaceAttributes.Count; i++)
        {
            states[i] = (byte)(attributes is null ? AttributeState.Unspecified : attributes[i] ? AttributeState.Yes : AttributeState.No);
        }
    }

    public void Dispose() => records.Dispose();
}
