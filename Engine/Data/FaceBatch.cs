namespace KernelDiff.Engine.Data;

/// <summary>
/// Faces for one step. Only the first <see cref="Count"/> are of this batch; all batches of a loader have arrays of one length.
/// </summary>
public sealed class FaceBatch
{
    private readonly int size;

    internal FaceBatch(int capacity, int size)
    {
        this.size = size;
        Images = new byte[capacity * size * size * 3];
        Masks = new byte[capacity * size * size];
        Attributes = new byte[capacity * FaceAttributes.Count];
        Faces = new int[capacity];
        Mirrored = new bool[capacity];
    }

    /// <summary>Number of faces.</summary>
    public int Count { get; private set; }

    /// <summary>[n, size, size, 3].</summary>
    public byte[] Images { get; }

    /// <summary>[n, size, size], classes; zeros where a face has no mask.</summary>
    public byte[] Masks { get; }

    /// <summary>[n, 40], values of <see cref="AttributeState"/>.</summary>
    public byte[] Attributes { get; }

    /// <summary>[n], indices into the store.</summary>
    public int[] Faces { get; }

    /// <summary>[n], which faces were mirrored.</summary>
    public bool[] Mirrored { get; }

    /// <summary>Where the batch starts.</summary>
    public FacePosition Start { get; private set; }

    /// <summary>Where the next one starts: what a checkpoint keeps.</summary>
    public FacePosition End => Start with { Index = Start.Index + Count };

    internal void Fill(FaceStore store, FaceLoaderOptions options, ReadOnlySpan<int> faces, FacePosition start)
    {
        (Start, Count) = (start, faces.Length);
        var pixels = size * size;
        for (var i = 0; i < faces.Length; i++)
        {
            var image = Images.AsSpan(3 * i * pixels, 3 * pixels);
            var mask = Masks.AsSpan(i * pixels, pixels);
            Faces[i] = faces[i];
            Mirrored[i] = options.Mirror && FaceLoader.IsMirrored(options.Seed, start.Epoch, faces[i]);
            store.Read(faces[i], image, mask);
            store.ReadAttributes(faces[i], Attributes.AsSpan(i * FaceAttributes.Count, FaceAttributes.Count));
            if (Mirrored[i])
            {
                FaceMirror.Mirror(image, size);
                FaceMirror.MirrorLabels(mask, size);
            }
        }
    }
}
