using System.Globalization;
using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Data;

/// <summary>
/// A folder of faces with masks and attributes: CelebAMask-HQ as published, or folders of images beside merged masks and an attribute
/// file. Opening lists the files; pixels are read when asked for. What is incomplete is left out and listed.
/// </summary>
public sealed class FaceDataset
{
    private FaceDataset(string folder, FaceListing listing)
    {
        Folder = folder;
        Layout = listing.Layout;
        (HasMasks, HasAttributes) = (listing.Items.Exists(item => item.HasMask), listing.Items.Exists(item => item.Attributes is not null));
        var complete = new List<FaceItem>(listing.Items.Count);
        foreach (var item in listing.Items)
        {
            if (HasMasks && !item.HasMask)
            {
                listing.Faults.Add(new DataFault(item.Name, "it has no mask"));
            }
            else if (HasAttributes && item.Attributes is null)
            {
                listing.Faults.Add(new DataFault(item.Name, "it has no attributes"));
            }
            else
            {
                complete.Add(item);
            }
        }

        Items = complete;
        Faults = listing.Faults;
    }

    /// <summary>The folder as it was named.</summary>
    public string Folder { get; }

    /// <summary>How the files lie in it, in words.</summary>
    public string Layout { get; }

    /// <summary>The complete faces, by index or file name.</summary>
    public IReadOnlyList<FaceItem> Items { get; }

    /// <summary>What was left out.</summary>
    public IReadOnlyList<DataFault> Faults { get; }

    /// <summary>Whether the faces have masks: all, or none of them.</summary>
    public bool HasMasks { get; }

    /// <summary>Whether the faces have attributes: all, or none of them.</summary>
    public bool HasAttributes { get; }

    /// <summary>The split that is used when none is asked for: the data set's own, else CelebA's, else a random one.</summary>
    public FaceSplit DefaultSplit =>
        Items.Any(item => item.OwnPart is not null) ? FaceSplit.Own
        : Items.Any(item => item.Partition is not null) ? FaceSplit.CelebA
        : FaceSplit.Random;

    /// <summary>Lists the faces of a folder.</summary>
    /// <exception cref="DataFileException">There is no such folder, it holds no faces, or an annotation file is malformed.</exception>
    public static FaceDataset Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
        {
            throw new DataFileException(folder, "there is no such folder", "Check the path.");
        }

        FaceListing listing;
        try
        {
            listing = FaceListing.Of(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataFileException(folder, $"it cannot be listed ({exception.Message.TrimEnd('.')})", "Check the permissions.", exception);
        }

        var dataset = new FaceDataset(folder, listing);
        return dataset.Items.Count > 0 ? dataset : throw new DataFileException(
            folder,
            dataset.Faults.Count == 0
                ? "it holds no faces"
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"none of its faces is complete; the first of {dataset.Faults.Count} faults: {dataset.Faults[0].Name}, {dataset.Faults[0].Reason}"),
            $"Expected is CelebAMask-HQ as published ({FaceFolders.Images}, {FaceFolders.Masks}), folders images and masks, or image and mask "
            + "files of the same name (.jpg and .png), each with an attribute file beside.");
    }

    /// <summary>The indices into <see cref="Items"/> that belong to a part, ascending.</summary>
    /// <param name="split">How the data set is divided.</param>
    /// <param name="part">Which part; null for all faces.</param>
    /// <param name="seed">Of <see cref="FaceSplit.Random"/>.</param>
    /// <exception cref="DataFileException">The data set does not know this split, or the part is empty.</exception>
    public int[] Select(FaceSplit split, FacePartition? part, ulong seed = 0)
    {
        if (part is null)
        {
            return [.. Enumerable.Range(0, Items.Count)];
        }

        int[] selected = split switch
        {
            FaceSplit.Own => Where(item => item.OwnPart == part),
            FaceSplit.CelebA => Where(item => item.Partition == part),
            _ => RandomSplit.Select(Items.Count, part.Value, seed),
        };
        return selected.Length > 0 ? selected : throw new DataFileException(
            Folder,
            $"it has no faces in part {part} of the split {split}",
            $"Its default split is {DefaultSplit}; a random one exists for every data set of two or more faces.");
    }

    private int[] Where(Func<FaceItem, bool> condition) =>
        [.. Enumerable.Range(0, Items.Count).Where(index => condition(Items[index]))];
}
