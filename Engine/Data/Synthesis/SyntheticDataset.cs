using System.Globalization;
using System.Text;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Imaging;

namespace KernelDiff.Engine.Data.Synthesis;

/// <summary>Writes drawn faces as a data set with the folders and files of CelebAMask-HQ.</summary>
public static class SyntheticDataset
{
    /// <summary>The most faces of a data set: names of mask files have five digits.</summary>
    public const int LargestCount = 100_000;

    private const int JpegQuality = 97;

    /// <summary>
    /// Draws and writes the faces 0 to <paramref name="count"/> - 1. The folder takes its name when everything is in it: there is never
    /// a part of a data set that looks like a whole one.
    /// </summary>
    /// <param name="folder">The folder to make. An empty one is filled.</param>
    /// <param name="count">Number of faces.</param>
    /// <param name="seed">The seed; face i is the same for every count.</param>
    /// <param name="size">Edge of pictures and masks in pixels.</param>
    /// <param name="threads">How many draw at once.</param>
    /// <param name="progress">Is told after each face how many are written.</param>
    /// <param name="cancellation">Stops the writing; nothing remains.</param>
    /// <exception cref="IOException">The folder exists and is not empty, or cannot be written.</exception>
    public static void Write(
        string folder,
        int count,
        ulong seed,
        int size,
        int threads = 1,
        Action<int>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, LargestCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        using var target = new AtomicFolder(folder);
        CreateFolders(target.WritingPath, count);
        var attributes = new bool[count][];
        var written = 0;
        ParallelFaces.For(count, threads, DrawFace, cancellation);
        File.WriteAllText(Path.Combine(target.WritingPath, FaceFolders.Attributes), AttributeFile(attributes));
        var origin = string.Create(
            CultureInfo.InvariantCulture,
            $"{count} drawn faces of {size} x {size} pixels, made by: kerneldiff data synthesize --count {count} --seed {seed} --size {size}\n");
        File.WriteAllText(Path.Combine(target.WritingPath, "README.txt"), origin);
        target.Commit();

        void DrawFace(int index)
        {
            var face = FaceSynthesizer.Draw(seed, index, size);
            attributes[index] = face.Attributes;
            WriteFace(target.WritingPath, index, face);
            progress?.Invoke(Interlocked.Increment(ref written));
        }
    }

    private static void CreateFolders(string root, int count)
    {
        Directory.CreateDirectory(Path.Combine(root, FaceFolders.Images));
        for (var i = 0; i < count; i += FaceFolders.FacesPerFolder)
        {
            Directory.CreateDirectory(FaceFolders.MaskFolder(root, i));
        }
    }

    private static void WriteFace(string root, int index, SyntheticFace face)
    {
        File.WriteAllBytes(FaceFolders.ImagePath(root, index), ImageFile.EncodeJpeg(face.Image, JpegQuality));
        for (byte label = 1; label < FaceClasses.Count; label++)
        {
            if (face.Mask.Labels.AsSpan().Contains(label))
            {
                File.WriteAllBytes(FaceFolders.PartPath(root, index, label), LabelMaskFile.EncodePart(face.Mask, label));
            }
        }
    }

    private static string AttributeFile(bool[][] attributes)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{attributes.Length}\n{string.Join(' ', FaceAttributes.Names)}\n");
        for (var i = 0; i < attributes.Length; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{i}.jpg  {string.Join(' ', attributes[i].Select(yes => yes ? "1" : "-1"))}\n");
        }

        return text.ToString();
    }
}
