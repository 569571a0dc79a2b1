using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using KernelDiff.Engine.Data;
using KernelDiff.Engine.Imaging;

namespace KernelDiff.Engine.Training;

/// <summary>The faces of a <see cref="FaceStore"/> as a training set.</summary>
public sealed class StoredFaces : IFaceSource
{
    private readonly FaceStore store;
    private readonly AttributeState[] attributes;

    /// <param name="store">Stays the caller's.</param>
    public StoredFaces(FaceStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        this.store = store;
        attributes = new AttributeState[store.Count * FaceAttributes.Count];
        var states = new byte[FaceAttributes.Count];
        for (var face = 0; face < store.Count; face++)
        {
            store.ReadAttributes(face, states);
            for (var i = 0; i < states.Length; i++)
            {
                attributes[(face * states.Length) + i] = (AttributeState)states[i];
            }
        }

        Fingerprint = FingerprintOf(store);
    }

    /// <inheritdoc/>
    public int Count => store.Count;

    /// <summary>From names, lengths and size, so that a data set may be moved to another folder.</summary>
    public string Fingerprint { get; }

    /// <summary>Whether the faces have masks: all, or none of them.</summary>
    public bool HasMasks => store.Items[0].HasMask;

    /// <summary>Whether the faces have attributes: all, or none of them.</summary>
    public bool HasAttributes => store.Items[0].Attributes is not null;

    /// <inheritdoc/>
    public void Read(ReadOnlySpan<TrainingDraw> draws, Span<byte> pixels)
    {
        var mask = new byte[store.Size * store.Size];
        for (var i = 0; i < draws.Length; i++)
        {
            var image = pixels.Slice(i * 3 * mask.Length, 3 * mask.Length);
            store.Read(draws[i].Image, image, mask);
            if (draws[i].IsMirrored)
            {
                FaceMirror.Mirror(image, store.Size);
            }
        }
    }

    /// <inheritdoc/>
    public void ReadLabels(ReadOnlySpan<TrainingDraw> draws, int size, Span<byte> labels)
    {
        for (var i = 0; i < draws.Length; i++)
        {
            var mask = Resizing.ToSquare(store.MaskOf(draws[i].Image), size).Labels;
            if (draws[i].IsMirrored)
            {
                FaceMirror.MirrorLabels(mask, size);
            }

            mask.CopyTo(labels[(i * mask.Length)..]);
        }
    }

    /// <inheritdoc/>
    public ReadOnlySpan<AttributeState> Attributes(int image) =>
        attributes.AsSpan(image * FaceAttributes.Count, FaceAttributes.Count);

    private static string FingerprintOf(FaceStore store)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, string.Create(CultureInfo.InvariantCulture, $"{store.Size}\n"));
        foreach (var item in store.Items)
        {
            var length = new FileInfo(item.ImagePath) is { Exists: true } file ? file.Length : -1;
            Append(hash, string.Create(CultureInfo.InvariantCulture, $"{item.Name}\n{item.IsMirrored}\n{length}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    private static void Append(IncrementalHash hash, string text) => hash.AppendData(Encoding.UTF8.GetBytes(text));
}
