using KernelDiff.Engine.Imaging;

namespace KernelDiff.Engine.Data.Synthesis;

/// <summary>A drawn face, its exact mask of <see cref="FaceClasses"/> and its 40 attributes.</summary>
public sealed record SyntheticFace(RgbImage Image, LabelMask Mask, bool[] Attributes);

/// <summary>
/// Draws faces of people who do not exist: shaded, in varied poses, light and surroundings. What an attribute says is visible, and every
/// pixel's class is known because the mask is drawn from the same shapes.
/// </summary>
public static class FaceSynthesizer
{
    /// <summary>The smallest edge at which features are more than a pixel.</summary>
    public const int SmallestSize = 32;

    /// <summary>The largest edge.</summary>
    public const int LargestSize = 2048;

    /// <summary>Draws one face. Any number of threads may draw at once.</summary>
    /// <param name="seed">The seed of the data set.</param>
    /// <param name="index">Which face of it; each is the same however many there are.</param>
    /// <param name="size">Edge of picture and mask in pixels; the size changes nothing but the resolution.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is negative, or the size is not supported.</exception>
    public static SyntheticFace Draw(ulong seed, long index, int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, SmallestSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, LargestSize);
        using var canvas = new FaceCanvas(size);
        var scene = new FaceScene(canvas, seed, index);
        BackgroundPainter.Paint(scene);
        using (canvas.Within(scene.Pose.Head))
        {
            HairPainter.PaintBack(scene);
        }

        using (canvas.Within(scene.Pose.Body))
        {
            BodyPainter.Paint(scene);
        }

        using (canvas.Within(scene.Pose.Head))
        {
            PaintHead(scene);
        }

        BackgroundPainter.PaintVignette(scene);
        return new SyntheticFace(canvas.ToImage(), canvas.ToMask(), scene.Traits.Attributes());
    }

    private static void PaintHead(FaceScene scene)
    {
        using var outline = HeadPainter.Outline(scene);
        HeadPainter.PaintEars(scene);
        HeadPainter.PaintFace(scene, outline);
        BeardPainter.Paint(scene, outline);
        MouthPainter.Paint(scene);
        NosePainter.Paint(scene);
        if (scene.Traits.Eyeglasses)
        {
            EyePainter.MarkGlasses(scene);
        }

        EyePainter.PaintEyes(scene);
        HairPainter.PaintFront(scene);

        // Brows stand over bangs, as in cartoons: what is asked of them stays visible.
        EyePainter.PaintBrows(scene);
        if (scene.Traits.Eyeglasses)
        {
            EyePainter.PaintGlasses(scene);
        }

        if (scene.Traits.Earrings)
        {
            HeadPainter.PaintEarrings(scene);
        }

        if (scene.Traits.Hat)
        {
            HatPainter.Paint(scene);
        }
    }
}
