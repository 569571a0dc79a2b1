using System.Globalization;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Imaging;

namespace KernelDiff.Engine.Data;

/// <summary>Masks that are stored as one file per class.</summary>
internal static class FaceParts
{
    /// <summary>
    /// Paints the parts over each other in the order of their classes, as CelebAMask-HQ's script face_parsing/Data_preprocessing/g_mask.py
    /// does: hair covers skin, a hat covers hair.
    /// </summary>
    /// <exception cref="DataFileException">A file cannot be read, or differs in size from the one before.</exception>
    public static LabelMask Merge(IReadOnlyDictionary<byte, string> paths)
    {
        LabelMask? merged = null;
        for (byte label = 1; label < FaceClasses.Count; label++)
        {
            if (!paths.TryGetValue(label, out var path))
            {
                continue;
            }

            var part = LabelMaskFile.ReadPart(path);
            merged ??= new LabelMask(part.Width, part.Height);
            if ((part.Width, part.Height) != (merged.Width, merged.Height))
            {
                throw new DataFileException(
                    path,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"it measures {part.Width} x {part.Height}, the parts before {merged.Width} x {merged.Height}"),
                    "Fetch the masks of this face again.");
            }

            for (var i = 0; i < part.Labels.Length; i++)
            {
                if (part.Labels[i] != 0)
                {
                    merged.Labels[i] = label;
                }
            }
        }

        return merged ?? throw new InvalidOperationException("A mask needs at least one part.");
    }
}
