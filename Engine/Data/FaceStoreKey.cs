using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace KernelDiff.Engine.Data;

/// <summary>What prepared faces depend on: files with sizes and times, how they are read, and the target size.</summary>
internal static class FaceStoreKey
{
    /// <summary>Changes whenever the same files would be prepared to other bytes.</summary>
    private const int Version = 1;

    /// <summary>A SHA-256 hash.</summary>
    public static byte[] Of(IEnumerable<FaceItem> items, int size)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, string.Create(CultureInfo.InvariantCulture, $"{Version}|{size}|"));
        foreach (var item in items)
        {
            Append(hash, $"{item.Name}|{item.IsMirrored}|");
            AppendFile(hash, item.ImagePath);
            if (item.MaskPath is not null)
            {
                AppendFile(hash, item.MaskPath);
            }

            foreach (var (label, path) in (item.PartPaths ?? new Dictionary<byte, string>()).OrderBy(part => part.Key))
            {
                Append(hash, string.Create(CultureInfo.InvariantCulture, $"{label}|"));
                AppendFile(hash, path);
            }
        }

        return hash.GetHashAndReset();
    }

    public static string FileName(byte[] key, int size) =>
        string.Create(CultureInfo.InvariantCulture, $"faces-{size}-{Convert.ToHexStringLower(key.AsSpan(0, 8))}.cache");

    private static void AppendFile(IncrementalHash hash, string path)
    {
        var file = new FileInfo(path);
        Append(hash, file.Exists
            ? string.Create(CultureInfo.InvariantCulture, $"{file.FullName}|{file.Length}|{file.LastWriteTimeUtc.Ticks}|")
            : "missing|");
    }

    private static void Append(IncrementalHash hash, string text) => hash.AppendData(Encoding.UTF8.GetBytes(text));
}
