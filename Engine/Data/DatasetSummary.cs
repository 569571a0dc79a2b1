namespace KernelDiff.Engine.Data;

/// <summary>What a data set holds.</summary>
/// <param name="Folder">Full path.</param>
/// <param name="Layout">How the files lie in it, in words.</param>
/// <param name="Faces">Complete faces.</param>
/// <param name="Examined">Faces whose files were decoded.</param>
/// <param name="Good">Faces of those whose files could be decoded.</param>
/// <param name="DefaultSplit">The split that is used when none is asked for.</param>
/// <param name="Train">Its training faces.</param>
/// <param name="Validation">Its validation faces.</param>
/// <param name="Test">Its test faces.</param>
/// <param name="ImageSizes">Sizes of the images, the most frequent first.</param>
/// <param name="MaskSizes">Sizes of the masks, the most frequent first.</param>
/// <param name="Classes">The 19 classes in the masks; empty where there are no masks.</param>
/// <param name="Attributes">The 40 attributes of all complete faces; empty where there are none.</param>
/// <param name="Incomplete">Good faces without a part that at least 95 % of them have.</param>
/// <param name="Faults">Files and rows that are left out.</param>
public sealed record DatasetSummary(
    string Folder,
    string Layout,
    int Faces,
    int Examined,
    int Good,
    FaceSplit DefaultSplit,
    int Train,
    int Validation,
    int Test,
    IReadOnlyList<SizeCount> ImageSizes,
    IReadOnlyList<SizeCount> MaskSizes,
    IReadOnlyList<ClassCount> Classes,
    IReadOnlyList<AttributeCount> Attributes,
    IReadOnlyList<MissingParts> Incomplete,
    IReadOnlyList<DataFault> Faults);

/// <summary>How many files have a size.</summary>
public sealed record SizeCount(int Width, int Height, int Files);

/// <summary>How often a class occurs.</summary>
/// <param name="Name">As the files of the parts bear it.</param>
/// <param name="Faces">Good faces that have it.</param>
/// <param name="FaceShare">Their share of the good faces.</param>
/// <param name="PixelShare">Mean share of a mask's pixels.</param>
public sealed record ClassCount(string Name, int Faces, double FaceShare, double PixelShare);

/// <summary>How often an attribute is yes.</summary>
public sealed record AttributeCount(string Name, int Yes, double Share);

/// <summary>A face and the classes that its mask lacks.</summary>
public sealed record MissingParts(string Name, IReadOnlyList<string> Classes);
