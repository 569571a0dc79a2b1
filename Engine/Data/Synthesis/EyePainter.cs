using SkiaSharp;

namespace KernelDiff.Engine.Data.Synthesis;

/// <summary>Eyes, brows and eyeglasses.</summary>
internal static class EyePainter
{
    private const float EyeX = 0.102f;

    public static void PaintEyes(FaceScene scene)
    {
        var random = scene.Details(5);
        var gazeX = 0.014f * (random.NextSingle() - 0.5f);
        var gazeY = 0.008f * (random.NextSingle() - 0.5f);
        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            PaintEye(scene, side, gazeX, gazeY);
        }
    }

    public static void PaintBrows(FaceScene scene)
    {
        var color = scene.Colors.FacialHair;
        var thick = (scene.Traits.BushyEyebrows ? 0.019f : 0.0085f) + (scene.Traits.Male ? 0.002f : 0);
        var arch = scene.Traits.ArchedEyebrows ? 0.034f : 0.004f;
        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            const float Y = -0.078f;
            using var brow = scene.Shape()
                .Move(side * 0.042f, Y + thick)
                .Cubic(side * 0.07f, Y - (arch * 0.6f) + (thick * 0.9f), side * 0.115f, Y - arch + (thick * 0.8f), side * 0.168f, Y + 0.016f)
                .Cubic(side * 0.125f, Y - (arch * 1.25f) - (thick * 0.8f), side * 0.075f, Y - arch - thick, side * 0.044f, Y - thick)
                .Close();
            scene.Canvas.Fill(brow, side > 0 ? FaceClasses.LeftBrow : FaceClasses.RightBrow, color);
            if (scene.Traits.BushyEyebrows)
            {
                using var clip = scene.Canvas.Clipped(brow);
                using var hairs = scene.Shape();
                for (var i = 0; i < 8; i++)
                {
                    hairs.Move(side * (0.045f + (0.015f * i)), Y + 0.02f).Line(side * (0.058f + (0.017f * i)), Y - 0.03f);
                }

                scene.Canvas.Stroke(hairs, Tone.Faded(Tone.Darker(color, 0.6f), 0.5f), 0.005f);
            }
        }
    }

    /// <summary>The classes of the glasses, to be drawn before eyes and brows, which stand over them in the masks.</summary>
    public static void MarkGlasses(FaceScene scene)
    {
        using var lenses = Lenses(scene);
        scene.Canvas.Mark(lenses, FaceClasses.Eyeglasses);
    }

    /// <summary>The glasses themselves, over eyes and brows.</summary>
    public static void PaintGlasses(FaceScene scene)
    {
        var frame = scene.Colors.Frame;
        using var lenses = Lenses(scene);
        scene.Canvas.Shade(lenses, Tone.Faded(new SKColor(214, 234, 255), 0.16f));
        using (scene.Canvas.Clipped(lenses))
        {
            using var glint = scene.Shape(0.03f);
            foreach (var x in (ReadOnlySpan<float>)[-EyeX, EyeX])
            {
                glint.Move(x - 0.045f, 0.05f).Line(x + 0.005f, -0.05f).Line(x + 0.028f, -0.05f).Line(x - 0.022f, 0.05f).Close();
            }

            scene.Canvas.Shade(glint, Tone.Faded(SKColors.White, 0.2f), 0.004f);
        }

        using var wires = scene.Shape(0.03f)
            .Move(-0.034f, -0.008f).Quad(0, -0.03f, 0.034f, -0.008f);
        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            wires.Move(side * 0.176f, -0.012f).Line(side * (scene.Cheek + 0.008f), -0.02f);
        }

        var width = scene.Details(6).Next(2) == 0 ? 0.011f : 0.018f;
        scene.Canvas.Line(wires, FaceClasses.Eyeglasses, frame, 0.011f);
        scene.Canvas.Line(lenses, FaceClasses.Eyeglasses, frame, width);
        scene.Canvas.Stroke(lenses, Tone.Faded(Tone.Lighter(frame, 0.5f), 0.5f), width * 0.3f);
    }

    private static void PaintEye(FaceScene scene, int side, float gazeX, float gazeY)
    {
        var narrow = scene.Traits.NarrowEyes;
        var up = narrow ? 0.02f : 0.049f;
        var down = narrow ? 0.012f : 0.034f;
        var (inner, outer) = (side * 0.048f, side * 0.158f);
        var x = side * EyeX;
        using var eye = scene.Shape()
            .Move(inner, 0.008f)
            .Cubic(side * 0.066f, -up, side * 0.132f, -up * 1.08f, outer, -0.006f)
            .Cubic(side * 0.138f, down, side * 0.078f, down * 1.1f, inner, 0.008f)
            .Close();
        var white = new SKColor(250, 248, 246);
        if (scene.Traits.HeavyMakeup)
        {
            using var lid = scene.Shape()
                .Move(inner, 0.002f)
                .Cubic(side * 0.06f, -0.078f, side * 0.15f, -0.085f, side * 0.182f, -0.03f)
                .Line(outer, 0.002f)
                .Close();
            scene.Canvas.Shade(lid, Tone.Faded(scene.Colors.EyeShadow, 0.72f), 0.006f);
        }

        scene.Canvas.Fill(eye, side > 0 ? FaceClasses.LeftEye : FaceClasses.RightEye, white);
        using (scene.Canvas.Clipped(eye))
        {
            using var iris = scene.Shape().Ellipse(x + gazeX, gazeY, 0.0285f, 0.0285f);
            var center = scene.Pose.Project(x + gazeX, gazeY, 0);
            var color = scene.Colors.Iris;
            scene.Canvas.Shade(iris, SKShader.CreateRadialGradient(
                center, 0.0285f, [Tone.Lighter(color, 0.35f), color, Tone.Darker(color, 0.65f)], [0.2f, 0.7f, 1], SKShaderTileMode.Clamp));
            using var pupil = scene.Shape().Ellipse(x + gazeX, gazeY, 0.0125f, 0.0125f);
            scene.Canvas.Shade(pupil, new SKColor(12, 8, 10));
            using var shadow = scene.Shape().Move(inner, 0.004f).Cubic(side * 0.066f, -up, side * 0.132f, -up, outer, -0.01f);
            scene.Canvas.Stroke(shadow, Tone.Faded(new SKColor(60, 40, 60), 0.45f), 0.02f, 0.008f);
            scene.Canvas.Ellipse(center.X + (0.012f * scene.Pose.LightX), center.Y - 0.011f, 0.0075f, 0.0075f, SKColors.White);
        }

        PaintLids(scene, side, up, inner, outer);
    }

    private static void PaintLids(FaceScene scene, int side, float up, float inner, float outer)
    {
        var skin = scene.Colors.Skin;
        var dark = Tone.Mix(Tone.Darker(scene.Colors.FacialHair, 0.4f), new SKColor(30, 16, 20), 0.6f);
        var painted = scene.Traits.HeavyMakeup;
        using var lid = scene.Shape().Move(inner, 0.008f).Cubic(side * 0.066f, -up, side * 0.132f, -up * 1.08f, outer, -0.006f);
        scene.Canvas.Stroke(lid, dark, painted ? 0.0125f : scene.Traits.Male ? 0.007f : 0.0095f);
        if (!scene.Traits.Male || painted)
        {
            using var lashes = scene.Shape(0.01f);
            lashes.Move(outer - (side * 0.006f), -0.008f).Quad(side * 0.166f, -0.014f, side * 0.18f, -0.03f);
            lashes.Move(side * 0.142f, -up * 0.55f).Quad(side * 0.15f, -up * 0.75f, side * 0.16f, (-up * 0.6f) - 0.026f);
            scene.Canvas.Stroke(lashes, dark, painted ? 0.009f : 0.0065f);
        }

        using var crease = scene.Shape().Move(side * 0.06f, -up * 0.62f - 0.012f).Cubic(side * 0.08f, -up - 0.014f, side * 0.13f, -up - 0.012f, side * 0.158f, -0.026f);
        scene.Canvas.Stroke(crease, Tone.Faded(Tone.ShadedSkin(skin, 0.65f), 0.6f), 0.006f, 0.002f);
        using var lower = scene.Shape().Move(side * 0.075f, 0.026f * (up / 0.049f)).Quad(side * 0.12f, 0.034f * (up / 0.049f), outer, -0.002f);
        scene.Canvas.Stroke(lower, Tone.Faded(Tone.ShadedSkin(skin, 0.7f), 0.5f), 0.004f);
    }

    private static FaceShape Lenses(FaceScene scene)
    {
        var shape = scene.Shape(0.03f);
        var round = scene.Details(6).Next(3) == 0;
        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            var x = side * 0.105f;
            if (round)
            {
                shape.Ellipse(x, 0.004f, 0.07f, 0.066f);
            }
            else
            {
                shape.Move(x - (side * 0.07f), -0.04f)
                    .Quad(x, -0.062f, x + (side * 0.074f), -0.044f)
                    .Cubic(x + (side * 0.08f), 0.02f, x + (side * 0.06f), 0.062f, x + (side * 0.005f), 0.06f)
                    .Cubic(x - (side * 0.05f), 0.06f, x - (side * 0.07f), 0.02f, x - (side * 0.07f), -0.04f)
                    .Close();
            }
        }

        return shape;
    }
}
