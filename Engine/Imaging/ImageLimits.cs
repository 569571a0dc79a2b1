using System.Globalization;
using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Imaging;

/// <summary>What an image may measure. A small hostile file can claim dimensions whose pixels fill the memory.</summary>
internal static class ImageLimits
{
    /// <summary>The longest edge in pixels.</summary>
    public const int Edge = 16384;

    /// <summary>The most pixels.</summary>
    public const int Pixels = 1 << 25;

    /// <summary>The largest file.</summary>
    public const int FileBytes = 1 << 28;

    /// <summary>Refuses dimensions before anything of their size is allocated.</summary>
    /// <exception cref="DataFileException">They are not positive or too large.</exception>
    public static void Check(string path, long width, long height)
    {
        if (width < 1 || height < 1 || width > Edge || height > Edge || width * height > Pixels)
        {
            throw new DataFileException(
                path,
                string.Create(CultureInfo.InvariantCulture, $"the image says it measures {width} x {height} pixels"),
                string.Create(
                    CultureInfo.InvariantCulture, $"Edges from 1 to {Edge} and at most {Pixels} pixels are accepted: shrink or repair it."));
        }
    }

    /// <summary>The content of an image file.</summary>
    /// <exception cref="DataFileException">There is no such file, it is too large or cannot be read.</exception>
    public static byte[] ReadAllBytes(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            using var file = RandomAccessFile.Open(path);
            if (file.Length > FileBytes)
            {
                throw new DataFileException(
                    path,
                    string.Create(CultureInfo.InvariantCulture, $"the file has {file.Length} bytes"),
                    string.Create(CultureInfo.InvariantCulture, $"Images of up to {FileBytes} bytes are accepted."));
            }

            return file.ReadBytes(0, (int)file.Length);
        }
        catch (WeightFileException exception)
        {
            throw new DataFileException(path, exception.Fault, "Check the path and the file.", exception);
        }
    }
}
