using KernelDiff.Engine.Data;

namespace KernelDiff.Engine.Imaging;

/// <summary>Masks as people see them.</summary>
public static class MaskColors
{
    /// <summary>The mask in the official colours; labels that are no class become white.</summary>
    public static RgbImage Paint(LabelMask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        var image = new RgbImage(mask.Width, mask.Height);
        for (var i = 0; i < mask.Labels.Length; i++)
        {
            var label = mask.Labels[i];
            (image.Pixels[3 * i], image.Pixels[(3 * i) + 1], image.Pixels[(3 * i) + 2]) =
                label < FaceClasses.Count ? FaceClasses.Palette[label] : ((byte)255, (byte)255, (byte)255);
        }

        return image;
    }
}
