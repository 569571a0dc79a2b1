using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Data;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Models;
using KernelDiff.Engine.Tensors;
using Microsoft.Win32.SafeHandles;

namespace KernelDiff.Engine.Training;

/// <summary>
/// The latents and label maps of a training set in one file on disk: encoded once, by record read at random afterwards. The file's name
/// follows from the first stage's weights, the sizes and the images, so that a change of any of them makes another file.
/// </summary>
public sealed class LatentStore : ILatentSource, IDisposable
{
    private const int HeaderBytes = 64;
    private static readonly byte[] Magic = "KDLATENT"u8.ToArray();

    private readonly SafeFileHandle file;
    private readonly IFaceSource faces;
    private readonly int latentElements;
    private readonly int labelElements;
    private readonly bool hasMirrored;

    private LatentStore(SafeFileHandle file, string fingerprint, IFaceSource faces, int latentElements, int labelElements, bool hasMirrored)
    {
        this.file = file;
        Fingerprint = fingerprint;
        this.faces = faces;
        this.latentElements = latentElements;
        this.labelElements = labelElements;
        this.hasMirrored = hasMirrored;
    }

    /// <inheritdoc/>
    public int Count => faces.Count;

    /// <inheritdoc/>
    public string Fingerprint { get; }

    private int RecordBytes => (latentElements * sizeof(float)) + labelElements;

    /// <summary>Opens the store of a training set, after encoding it if that was not done before.</summary>
    /// <param name="folder">Where stores lie; made if it is missing.</param>
    /// <param name="model">Sizes of images, masks and latents.</param>
    /// <param name="firstStage">Encodes the images.</param>
    /// <param name="firstStageHash">Hash over its weights.</param>
    /// <param name="faces">The images.</param>
    /// <param name="withMirrored">Whether mirror images are stored as well.</param>
    /// <param name="progress">Called with the records encoded and their number; it may throw to cancel, and nothing remains.</param>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public static LatentStore Open(
        string folder,
        ModelConfiguration model,
        FirstStage firstStage,
        string firstStageHash,
        IFaceSource faces,
        bool withMirrored,
        Action<int, int>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(firstStage);
        ArgumentNullException.ThrowIfNull(faces);
        var latent = model.LatentSize * model.LatentSize * model.FirstStage.LatentChannels;
        var labels = model.Conditioning.MaskSize * model.Conditioning.MaskSize;
        var key = SHA256.HashData(Encoding.UTF8.GetBytes(
            $"{firstStageHash}\n{model.ImageSize}\n{model.Conditioning.MaskSize}\n{withMirrored}\n{faces.Fingerprint}"));
        Directory.CreateDirectory(folder);
        var fingerprint = Convert.ToHexStringLower(key)[..16];
        var path = Path.Combine(folder, fingerprint + ".latents");
        var records = faces.Count * (withMirrored ? 2 : 1);
        var length = HeaderBytes + ((long)records * ((latent * sizeof(float)) + labels));
        if (!IsComplete(path, key, length))
        {
            Encode(path, key, length, model, firstStage, faces, withMirrored, progress);
        }

        return new LatentStore(File.OpenHandle(path), fingerprint, faces, latent, labels, withMirrored);
    }

    /// <inheritdoc/>
    public void Read(int image, bool isMirrored, Span<float> latent, Span<byte> labels)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(latent.Length, latentElements);
        ArgumentOutOfRangeException.ThrowIfNotEqual(labels.Length, labelElements);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)image, (uint)Count, nameof(image));
        if (isMirrored && !hasMirrored)
        {
            throw new ArgumentException("The store was made without mirror images.", nameof(isMirrored));
        }

        var record = (image * (hasMirrored ? 2L : 1)) + (isMirrored ? 1 : 0);
        var offset = HeaderBytes + (record * RecordBytes);
        ReadExactly(MemoryMarshal.AsBytes(latent), offset);
        ReadExactly(labels, offset + (latentElements * sizeof(float)));
    }

    /// <inheritdoc/>
    public ReadOnlySpan<AttributeState> Attributes(int image) => faces.Attributes(image);

    /// <summary>The standard deviation of all values of up to a number of images' latents; its inverse scales them to unit variance.</summary>
    public double Deviation(int images = 1000)
    {
        var (sum, squares, count) = (0.0, 0.0, 0L);
        var latent = new float[latentElements];
        var labels = new byte[labelElements];
        for (var image = 0; image < Math.Min(images, Count); image++)
        {
            Read(image, false, latent, labels);
            foreach (var value in latent)
            {
                sum += value;
                squares += (double)value * value;
                count++;
            }
        }

        var mean = sum / count;
        return Math.Sqrt(Math.Max(0, (squares / count) - (mean * mean)));
    }

    public void Dispose() => file.Dispose();

    private void ReadExactly(Span<byte> target, long offset)
    {
        while (!target.IsEmpty)
        {
            var read = RandomAccess.Read(file, target, offset);
            if (read == 0)
            {
                throw new IOException("The store of latents was truncated while it was in use. Start again: it will be made anew.");
            }

            target = target[read..];
            offset += read;
        }
    }

    private static bool IsComplete(string path, byte[] key, long length)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        using var handle = File.OpenHandle(path);
        var header = new byte[HeaderBytes];
        return RandomAccess.GetLength(handle) == length
            && RandomAccess.Read(handle, header, 0) == HeaderBytes
            && header.AsSpan().SequenceEqual(Header(key, length));
    }

    private static byte[] Header(byte[] key, long length)
    {
        var header = new byte[HeaderBytes];
        Magic.CopyTo(header, 0);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(8), length);
        key.CopyTo(header, 16);
        return header;
    }

    private static void Encode(
        string path,
        byte[] key,
        long length,
        ModelConfiguration model,
        FirstStage firstStage,
        IFaceSource faces,
        bool withMirrored,
        Action<int, int>? progress)
    {
        // Enough images at once to keep the cores busy, few enough for the maps at full resolution.
        var batch = Math.Max(1, 256 * 256 * 2 / (model.ImageSize * model.ImageSize));
        var records = faces.Count * (withMirrored ? 2 : 1);
        using var output = new AtomicFile(path, length);
        output.Write(0, Header(key, length));
        long offset = HeaderBytes;
        for (var first = 0; first < records; first += batch)
        {
            var draws = Enumerable.Range(first, Math.Min(batch, records - first))
                .Select(record => withMirrored ? new TrainingDraw(record / 2, record % 2 != 0) : new TrainingDraw(record, false))
                .ToArray();
            offset = EncodeBatch(output, offset, model, firstStage, faces, draws);
            progress?.Invoke(first + draws.Length, records);
        }

        output.Commit();
    }

    private static long EncodeBatch(
        AtomicFile output, long offset, ModelConfiguration model, FirstStage firstStage, IFaceSource faces, TrainingDraw[] draws)
    {
        var session = firstStage.Arena.Parameters[0].Session;
        using var scope = session.BeginWithoutGradient();
        var pixels = new byte[draws.Length * model.ImageSize * model.ImageSize * 3];
        faces.Read(draws, pixels);
        var maskSize = model.Conditioning.MaskSize;
        var labels = new byte[draws.Length * maskSize * maskSize];
        faces.ReadLabels(draws, maskSize, labels);
        var latents = firstStage.Encode(ImagePixels.ToTensor(session, pixels, draws.Length, model.ImageSize)).ToArray();
        var (latentSize, labelSize) = (latents.Length / draws.Length, maskSize * maskSize);
        for (var i = 0; i < draws.Length; i++)
        {
            output.Write(offset, MemoryMarshal.AsBytes(latents.AsSpan(i * latentSize, latentSize)));
            offset += latentSize * sizeof(float);
            output.Write(offset, labels.AsSpan(i * labelSize, labelSize));
            offset += labelSize;
        }

        return offset;
    }
}
