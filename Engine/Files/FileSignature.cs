using System.Globalization;

namespace KernelDiff.Engine.Files;

/// <summary>Tells from its first bytes what a file is.</summary>
internal static class FileSignature
{
    private const int HeadLength = 512;

    private const string ConvertAdvice = "Save the weights as safetensors or with torch.save.";

    /// <summary>Formats that are met under the names of weight files, by what they start with.</summary>
    private static readonly (byte[] Start, string Description, string Advice)[] Strangers =
    [
        ([0x93, .. "NUMPY"u8], "this is a NumPy array (.npy), not a weight file", ConvertAdvice),
        ([.. "version https://git-lfs"u8], "this is a Git LFS pointer, not the file it points to", "Run `git lfs pull`."),
        ([.. "<!DOCTYPE"u8], "this is a web page, not a weight file", "The download failed: open the link in a browser to see why."),
        ([.. "<html"u8], "this is a web page, not a weight file", "The download failed: open the link in a browser to see why."),
        ([.. "GGUF"u8], "this is a GGUF file", ConvertAdvice),
        ([0x89, .. "HDF\r\n"u8], "this is an HDF5 file (Keras writes them)", ConvertAdvice),
        ([0x89, .. "PNG\r\n"u8], "this is a PNG image, not a weight file", "Name the weight file."),
        ([0xFF, 0xD8, 0xFF], "this is a JPEG image, not a weight file", "Name the weight file."),
        ([0x1F, 0x8B], "this is a gzip archive", "Unpack it and name the weight file inside."),
        ([.. "BZh"u8], "this is a bzip2 archive", "Unpack it and name the weight file inside."),
        ([0xFD, .. "7zXZ"u8], "this is an xz archive", "Unpack it and name the weight file inside."),
        ([0x28, 0xB5, 0x2F, 0xFD], "this is a Zstandard archive", "Unpack it and name the weight file inside."),
        ([.. "7z"u8, 0xBC, 0xAF], "this is a 7z archive", "Unpack it and name the weight file inside."),
        ([0x7F, .. "ELF"u8], "this is a program, not a weight file", "Name the weight file."),
    ];

    /// <summary>The format of a file's content, which its reader then checks.</summary>
    /// <exception cref="WeightFileException">The file is none of the formats that can be read.</exception>
    public static WeightFileFormat Identify(RandomAccessFile file)
    {
        byte[] head = file.ReadBytes(0, (int)Math.Min(HeadLength, file.Length));
        if (SafeTensorsHeader.IsPlausible(head))
            return WeightFileFormat.SafeTensors;
        if (head.AsSpan().StartsWith("PK\x03\x04"u8) || head.AsSpan().StartsWith("PK\x05\x06"u8))
            return WeightFileFormat.TorchZip;
        if (TorchLegacyReader.IsPlausible(head))
            return WeightFileFormat.TorchLegacy;
        foreach ((byte[] start, string description, string advice) in Strangers)
        {
            if (head.AsSpan().StartsWith(start))
                throw file.Fault(description, advice);
        }

        if (head.Length > 262 && head.AsSpan(257).StartsWith("ustar"u8))
            throw file.Fault("this is a tar archive (PyTorch before 0.2 wrote them, too)", "Unpack it and name the weight file inside.");
        if (SafeTensorsHeader.HasBrace(head))
            return WeightFileFormat.SafeTensors;
        throw BarePickle.Recognize(file, head) ?? file.Fault(
            string.Create(CultureInfo.InvariantCulture, $"this is no weight file: {file.Length} bytes that start with {Describe(head)}"),
            "Name a safetensors file or one that torch.save wrote.");
    }

    private static string Describe(byte[] head) => Convert.ToHexString(head.AsSpan(0, Math.Min(8, head.Length)));
}
