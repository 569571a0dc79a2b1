using KernelDiff.Engine.Data;
using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Tests.Files;

namespace KernelDiff.Engine.Tests.Faces;

/// <summary>Writes tiny data sets in the layouts that are read.</summary>
internal sealed class FaceFolder : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public string Path => folder.Path;

    public string PathOf(string name) => folder.PathOf(name);

    /// <summary>A plain picture whose grey value can be told from others'.</summary>
    public void Image(string name, byte value, int width = 8, int height = 8) =>
        Write(name, name.EndsWith(".png", StringComparison.Ordinal) ? [] : ImageFile.EncodeJpeg(Plain(width, height, value), 100));

    /// <summary>A picture that is dark in its left half and light in its right half.</summary>
    public void HalfImage(string name) => Write(name, ImageFile.EncodeJpeg(
        new RgbImage(8, 8, [.. Enumerable.Range(0, 192).Select(i => (byte)(i / 3 % 8 < 4 ? 0 : 255))]), 100));

    public void Mask(string name, params byte[] labels)
    {
        var edge = (int)Math.Sqrt(labels.Length);
        Write(name, LabelMaskFile.Encode(new LabelMask(edge, edge, labels)));
    }

    /// <summary>The file of one part; 1 where the part is.</summary>
    public void Part(int index, byte label, params byte[] covered)
    {
        var edge = (int)Math.Sqrt(covered.Length);
        Write(
            $"CelebAMask-HQ-mask-anno/{index / 2000}/{index:D5}_{FaceClasses.Names[label]}.png",
            LabelMaskFile.EncodePart(new LabelMask(edge, edge, covered), 1));
    }

    /// <summary>An attribute file; each row has the attributes that are named.</summary>
    public void Attributes(string name, params (string File, string[] Yes)[] rows)
    {
        var lines = rows.Select(row => $"{row.File}  {string.Join(' ', FaceAttributes.Names.Select(attribute => row.Yes.Contains(attribute) ? "1" : "-1"))}");
        Text(name, [$"{rows.Length}", string.Join(' ', FaceAttributes.Names), .. lines]);
    }

    public void Text(string name, params string[] lines) => Write(name, System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));

    public void Write(string name, byte[] content)
    {
        var path = PathOf(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
    }

    public void Dispose() => folder.Dispose();

    private static RgbImage Plain(int width, int height, byte value)
    {
        var image = new RgbImage(width, height);
        Array.Fill(image.Pixels, value);
        return image;
    }
}
