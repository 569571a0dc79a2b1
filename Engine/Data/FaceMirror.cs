using KernelDiff.Engine.Imaging;

namespace KernelDiff.Engine.Data;

/// <summary>Mirror images of faces.</summary>
public static class FaceMirror
{
    /// <summary>The picture with left and right exchanged.</summary>
    public static RgbImage Flip(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var flipped = new RgbImage(image.Width, image.Height, (byte[])image.Pixels.Clone());
        Mirror(flipped.Pixels, image.Width);
        return flipped;
    }

    /// <summary>The mask with left and right exchanged in the picture; the labels stay what they are.</summary>
    public static LabelMask Flip(LabelMask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        var flipped = new LabelMask(mask.Width, mask.Height);
        for (var y = 0; y < mask.Height; y++)
        {
            var row = flipped.Labels.AsSpan(y * mask.Width, mask.Width);
            mask.Labels.AsSpan(y * mask.Width, mask.Width).CopyTo(row);
            row.Reverse();
        }

        return flipped;
    }

    /// <summary>Mirrors a picture in place, [height, width, 3].</summary>
    public static void Mirror(Span<byte> pixels, int width)
    {
        for (var start = 0; start < pixels.Length; start += 3 * width)
        {
            var row = pixels.Slice(start, 3 * width);
            for (int i = 0, j = width - 1; i < j; i++, j--)
            {
                for (var channel = 0; channel < 3; channel++)
                {
                    (row[(3 * i) + channel], row[(3 * j) + channel]) = (row[(3 * j) + channel], row[(3 * i) + channel]);
                }
            }
        }
    }

    /// <summary>Mirrors a mask in place, [height, width]: what was the person's left eye is then the right one.</summary>
    public static void MirrorLabels(Span<byte> labels, int width)
    {
        for (var start = 0; start < labels.Length; start += width)
        {
            labels.Slice(start, width).Reverse();
        }

        foreach (ref var label in labels)
        {
            label = FaceClasses.Mirrored(label);
        }
    }
}
