using System.Globalization;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Imaging;

namespace KernelDiff.Engine.Data;

/// <summary>The part of CelebA's official partition that a picture belongs to.</summary>
public enum FacePartition
{
    Train = 0,
    Validation = 1,
    Test = 2,
}

/// <summary>One face of a data set: names of its files, and what its annotations say. Pixels are read when asked for.</summary>
public sealed record FaceItem
{
    /// <summary>The image's path below the data set's folder, with forward slashes.</summary>
    public required string Name { get; init; }

    public required string ImagePath { get; init; }

    /// <summary>The file of the merged mask, null where there is none.</summary>
    public string? MaskPath { get; init; }

    /// <summary>The files of the parts by class, where the mask is in parts; a class without a file is absent from the face.</summary>
    public IReadOnlyDictionary<byte, string>? PartPaths { get; init; }

    /// <summary>The 40 attributes, null where they are not known.</summary>
    public IReadOnlyList<bool>? Attributes { get; init; }

    /// <summary>Position in CelebA-HQ, null where it is not known.</summary>
    public int? CelebAHqIndex { get; init; }

    /// <summary>Part of CelebA's partition, null where it is not known.</summary>
    public FacePartition? Partition { get; init; }

    /// <summary>Part of the data set's own split, null where it has none.</summary>
    public FacePartition? OwnPart { get; init; }

    /// <summary>
    /// Whether the files hold the mirror image of the photograph, with left and right labels not swapped; reading puts both right.
    /// </summary>
    public bool IsMirrored { get; init; }

    public bool HasMask => MaskPath is not null || PartPaths is not null;

    /// <summary>Reads the picture.</summary>
    /// <exception cref="DataFileException">The file is missing, damaged or of another format.</exception>
    public RgbImage ReadImage()
    {
        var image = ImageFile.Read(ImagePath);
        return IsMirrored ? FaceMirror.Flip(image) : image;
    }

    /// <summary>Reads the mask; parts are painted in class order, so that a later one covers an earlier one.</summary>
    /// <exception cref="DataFileException">A file is missing, damaged or of another format, or parts differ in size.</exception>
    /// <exception cref="InvalidOperationException">There is no mask.</exception>
    public LabelMask ReadMask()
    {
        if (PartPaths is not null)
        {
            var parts = FaceParts.Merge(PartPaths);
            return IsMirrored ? FaceMirror.Flip(parts) : parts;
        }

        var mask = LabelMaskFile.Read(MaskPath ?? throw new InvalidOperationException($"{Name} has no mask."));
        return IsMirrored ? FaceMirror.Flip(mask) : mask;
    }

    /// <summary>Reads the picture and, where there is one, the mask. They may differ in size but not in shape.</summary>
    /// <exception cref="DataFileException">A file is missing, damaged or of another format, or the mask has another shape.</exception>
    public (RgbImage Image, LabelMask? Mask) Read()
    {
        var image = ReadImage();
        if (!HasMask)
        {
            return (image, null);
        }

        // Sides that are off by half a pixel come from rounding, more means a mask of something else.
        var mask = ReadMask();
        var difference = Math.Abs(((long)image.Width * mask.Height) - ((long)image.Height * mask.Width));
        return 2 * difference <= Math.Max(image.Width + image.Height, mask.Width + mask.Height)
            ? (image, mask)
            : throw new DataFileException(
                MaskPath ?? PartPaths!.Values.First(),
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the mask measures {mask.Width} x {mask.Height}, the image {image.Width} x {image.Height}"),
                "Give both the same shape.");
    }
}
