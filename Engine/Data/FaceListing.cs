using System.Globalization;

namespace KernelDiff.Engine.Data;

/// <summary>Finds the faces of a folder in the layouts that are known.</summary>
internal sealed class FaceListing
{
    private static readonly string[] ImageExtensions = [".jpg", ".jpeg", ".png"];

    private static readonly (string Name, FacePartition Part)[] PartFolders =
    [
        ("train", FacePartition.Train), ("val", FacePartition.Validation), ("validation", FacePartition.Validation),
        ("test", FacePartition.Test),
    ];

    private readonly string root;

    private FaceListing(string root, string layout)
    {
        this.root = root;
        Layout = layout;
    }

    public string Layout { get; }

    public List<FaceItem> Items { get; } = [];

    public List<DataFault> Faults { get; } = [];

    public static FaceListing Of(string folder)
    {
        var nested = Path.Combine(folder, "CelebAMask-HQ");
        if (Directory.Exists(Path.Combine(folder, FaceFolders.Images)))
        {
            return Published(folder);
        }

        if (Directory.Exists(Path.Combine(nested, FaceFolders.Images)))
        {
            return Published(nested);
        }

        var parts = PartFolders.Where(part => Directory.Exists(Path.Combine(folder, part.Name))).ToArray();
        return parts.Length > 0 ? InParts(folder, parts) : Flat(folder);
    }

    private static FaceListing Published(string folder)
    {
        var listing = new FaceListing(folder, "CelebAMask-HQ as published");
        var attributes = listing.ReadAttributes(Path.Combine(folder, FaceFolders.Attributes));
        var mapping = Path.Combine(folder, FaceFolders.Mapping);
        var partition = File.Exists(mapping) ? CelebAMapping.Read(mapping) : [];
        var masks = PublishedMasks(folder);
        foreach (var path in Directory.EnumerateFiles(Path.Combine(folder, FaceFolders.Images)))
        {
            var file = Path.GetFileName(path);
            if (!IsImage(file))
            {
                continue;
            }

            if (!int.TryParse(Path.GetFileNameWithoutExtension(file), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            {
                listing.Faults.Add(new DataFault(listing.NameOf(path), "its name is not a number"));
                continue;
            }

            listing.Items.Add(new FaceItem
            {
                Name = listing.NameOf(path),
                ImagePath = path,
                PartPaths = masks.GetValueOrDefault(index),
                Attributes = attributes?.GetValueOrDefault(file),
                CelebAHqIndex = index,
                Partition = partition.TryGetValue(index, out var part) ? part : null,
            });
        }

        listing.Items.Sort((one, other) => one.CelebAHqIndex!.Value.CompareTo(other.CelebAHqIndex!.Value));
        return listing;
    }

    /// <summary>
    /// One listing of each mask folder: asking for 19 files of 30,000 faces one by one would take minutes on a network disk.
    /// </summary>
    private static Dictionary<int, Dictionary<byte, string>> PublishedMasks(string folder)
    {
        var masks = new Dictionary<int, Dictionary<byte, string>>();
        var root = Path.Combine(folder, FaceFolders.Masks);
        if (!Directory.Exists(root))
        {
            return masks;
        }

        var labels = FaceClasses.Names.Select((name, label) => (name, label)).ToDictionary(pair => pair.name, pair => (byte)pair.label);
        foreach (var path in Directory.EnumerateFiles(root, "*.png", SearchOption.AllDirectories))
        {
            var stem = Path.GetFileNameWithoutExtension(path);
            var cut = stem.IndexOf('_', StringComparison.Ordinal);
            if (cut > 0
                && int.TryParse(stem.AsSpan(0, cut), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                && labels.TryGetValue(stem[(cut + 1)..], out var label)
                && label != FaceClasses.Background)
            {
                if (!masks.TryGetValue(index, out var parts))
                {
                    masks[index] = parts = [];
                }

                parts[label] = path;
            }
        }

        return masks;
    }

    private static FaceListing InParts(string folder, (string Name, FacePartition Part)[] parts)
    {
        var listing = new FaceListing(folder, $"folders {string.Join(", ", parts.Select(part => part.Name))} of images and merged masks");
        var index = ReadIndex(folder);
        foreach (var (name, part) in parts)
        {
            listing.AddPairs(Path.Combine(folder, name), part, file => index.GetValueOrDefault((name, file)));
        }

        return listing;
    }

    private static FaceListing Flat(string folder)
    {
        var listing = new FaceListing(folder, "images and merged masks");
        var index = ReadIndex(folder)
            .GroupBy(row => row.Key.File, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.First().Value);
        listing.AddPairs(folder, null, index.GetValueOrDefault);
        return listing;
    }

    private static Dictionary<(string Split, string File), FaceIndexRow> ReadIndex(string folder)
    {
        var path = Path.Combine(folder, "index.tsv");
        return File.Exists(path) ? FaceIndexRow.Read(path) : [];
    }

    /// <summary>Images with masks of the same name: in folders images and masks, or side by side as .jpg and .png.</summary>
    private void AddPairs(string folder, FacePartition? own, Func<string, FaceIndexRow?> rowOf)
    {
        var images = Path.Combine(folder, "images");
        var masks = Path.Combine(folder, "masks");
        if (!Directory.Exists(images))
        {
            (images, masks) = (folder, folder);
        }

        var attributeFile = Directory.EnumerateFiles(folder, "*attribute*.txt").Order(StringComparer.Ordinal).FirstOrDefault();
        var attributes = attributeFile is null ? null : ReadAttributes(attributeFile);
        foreach (var path in Directory.EnumerateFiles(images).Order(StringComparer.Ordinal))
        {
            var file = Path.GetFileName(path);
            var mask = Path.Combine(masks, Path.ChangeExtension(file, ".png"));
            var isMask = images == masks && path == mask && HasJpegBeside(path);
            if (!IsImage(file) || isMask)
            {
                continue;
            }

            var row = rowOf(file);
            Items.Add(new FaceItem
            {
                Name = NameOf(path),
                ImagePath = path,
                MaskPath = mask != path && File.Exists(mask) ? mask : null,
                Attributes = attributes?.GetValueOrDefault(file),
                CelebAHqIndex = row?.CelebAHqIndex,
                Partition = row?.Partition,
                IsMirrored = row?.IsMirrored ?? false,
                OwnPart = own ?? PartOf(row?.Split),
            });
        }
    }

    private Dictionary<string, bool[]>? ReadAttributes(string path) => File.Exists(path) ? AttributeFile.Read(path, Faults) : null;

    private string NameOf(string path) => Path.GetRelativePath(root, path).Replace('\\', '/');

    private static FacePartition? PartOf(string? split) =>
        Array.Find(PartFolders, part => string.Equals(part.Name, split, StringComparison.OrdinalIgnoreCase)) is { Name: not null } found
            ? found.Part
            : null;

    private static bool HasJpegBeside(string path) =>
        File.Exists(Path.ChangeExtension(path, ".jpg")) || File.Exists(Path.ChangeExtension(path, ".jpeg"));

    private static bool IsImage(string file) => ImageExtensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase);
}
