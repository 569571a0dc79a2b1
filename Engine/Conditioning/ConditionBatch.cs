using KernelDiff.Engine.Data;

namespace KernelDiff.Engine.Conditioning;

/// <summary>The conditions of a batch of images, on the host. A source that an image is without becomes the learned null.</summary>
public sealed class ConditionBatch
{
    private readonly AttributeState[] attributes;
    private readonly byte[] labels;
    private readonly bool[] hasAttributes;
    private readonly bool[] hasMask;

    /// <summary>Conditions of nothing: every image without both sources.</summary>
    /// <param name="count">Images.</param>
    /// <param name="maskSize">Edge of the label maps.</param>
    public ConditionBatch(int count, int maskSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maskSize);
        MaskSize = maskSize;
        attributes = new AttributeState[count * FaceAttributes.Count];
        attributes.AsSpan().Fill(AttributeState.Unspecified);
        labels = new byte[count * maskSize * maskSize];
        hasAttributes = new bool[count];
        hasMask = new bool[count];
    }

    /// <summary>Images.</summary>
    public int Count => hasMask.Length;

    /// <summary>Edge of the label maps.</summary>
    public int MaskSize { get; }

    /// <summary>[count][40].</summary>
    public ReadOnlySpan<AttributeState> Attributes => attributes;

    /// <summary>[count][mask size][mask size], each below 19.</summary>
    public ReadOnlySpan<byte> Labels => labels;

    /// <summary>[count]: whether the attributes are a condition.</summary>
    public ReadOnlySpan<bool> HasAttributes => hasAttributes;

    /// <summary>[count]: whether the mask is a condition.</summary>
    public ReadOnlySpan<bool> HasMask => hasMask;

    /// <summary>Gives an image attributes.</summary>
    /// <param name="image">Index in the batch.</param>
    /// <param name="states">40 states.</param>
    public void SetAttributes(int image, ReadOnlySpan<AttributeState> states)
    {
        RequireLength(states.Length, FaceAttributes.Count, nameof(states));
        states.CopyTo(attributes.AsSpan(image * FaceAttributes.Count));
        hasAttributes[image] = true;
    }

    /// <summary>Gives an image a mask.</summary>
    /// <param name="image">Index in the batch.</param>
    /// <param name="map">Labels, row by row.</param>
    /// <exception cref="ArgumentException">The map has another size, or a label is no class.</exception>
    public void SetMask(int image, ReadOnlySpan<byte> map)
    {
        RequireLength(map.Length, MaskSize * MaskSize, nameof(map));
        var invalid = map.IndexOfAnyInRange((byte)FaceClasses.Count, byte.MaxValue);
        if (invalid >= 0)
        {
            throw new ArgumentException($"The label {map[invalid]} is no class: there are {FaceClasses.Count}.", nameof(map));
        }

        map.CopyTo(labels.AsSpan(image * MaskSize * MaskSize));
        hasMask[image] = true;
    }

    /// <summary>The same conditions with sources left out.</summary>
    public ConditionBatch Keep(bool attributesToo, bool maskToo)
    {
        var kept = new ConditionBatch(Count, MaskSize);
        for (var i = 0; i < Count; i++)
        {
            if (attributesToo && hasAttributes[i])
            {
                kept.SetAttributes(i, attributes.AsSpan(i * FaceAttributes.Count, FaceAttributes.Count));
            }

            if (maskToo && hasMask[i])
            {
                kept.SetMask(i, labels.AsSpan(i * MaskSize * MaskSize, MaskSize * MaskSize));
            }
        }

        return kept;
    }

    /// <summary>The images of several batches, one after another.</summary>
    public static ConditionBatch Join(params IReadOnlyList<ConditionBatch> batches)
    {
        ArgumentNullException.ThrowIfNull(batches);
        var joined = new ConditionBatch(batches.Sum(batch => batch.Count), batches[0].MaskSize);
        var first = 0;
        foreach (var batch in batches)
        {
            RequireLength(batch.MaskSize, joined.MaskSize, nameof(batches));
            batch.attributes.CopyTo(joined.attributes, first * FaceAttributes.Count);
            batch.labels.CopyTo(joined.labels, first * joined.MaskSize * joined.MaskSize);
            batch.hasAttributes.CopyTo(joined.hasAttributes, first);
            batch.hasMask.CopyTo(joined.hasMask, first);
            first += batch.Count;
        }

        return joined;
    }

    private static void RequireLength(int length, int expected, string name)
    {
        if (length != expected)
        {
            throw new ArgumentException($"{expected} values are needed, {length} are given.", name);
        }
    }
}
