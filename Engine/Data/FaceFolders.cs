using System.Globalization;

namespace KernelDiff.Engine.Data;

/// <summary>Names of files and folders in CelebAMask-HQ as published.</summary>
internal static class FaceFolders
{
    public const string Images = "CelebA-HQ-img";
    public const string Masks = "CelebAMask-HQ-mask-anno";
    public const string Attributes = "CelebAMask-HQ-attribute-anno.txt";
    public const string Mapping = "CelebA-HQ-to-CelebA-mapping.txt";

    /// <summary>Faces whose parts share a folder.</summary>
    public const int FacesPerFolder = 2000;

    public static string ImagePath(string root, int index) =>
        Path.Combine(root, Images, string.Create(CultureInfo.InvariantCulture, $"{index}.jpg"));

    public static string MaskFolder(string root, int index) =>
        Path.Combine(root, Masks, (index / FacesPerFolder).ToString(CultureInfo.InvariantCulture));

    public static string PartPath(string root, int index, byte label) =>
        Path.Combine(MaskFolder(root, index), string.Create(CultureInfo.InvariantCulture, $"{index:D5}_{FaceClasses.Names[label]}.png"));
}
