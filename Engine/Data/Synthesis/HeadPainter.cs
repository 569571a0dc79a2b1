using SkiaSharp;

namespace KernelDiff.Engine.Data.Synthesis;

/// <summary>Ears, earrings and the skin of the face with its shading, cheeks and wrinkles.</summary>
internal static class HeadPainter
{
    private const float EarHeight = 0.045f;

    public static void PaintEars(FaceScene scene)
    {
        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            var skin = Tone.ShadedSkin(scene.Colors.Skin, side * scene.Pose.LightX < 0 ? 0.3f : 0.1f);
            var x = EarX(scene, side);
            using var ear = new SKPath();
            ear.MoveTo(x - (side * 0.03f), -0.015f);
            ear.CubicTo(x + (side * 0.02f), -0.06f, x + (side * 0.062f), -0.02f, x + (side * 0.046f), 0.045f);
            ear.CubicTo(x + (side * 0.036f), 0.08f, x + (side * 0.026f), 0.125f, x - (side * 0.012f), 0.115f);
            ear.LineTo(x - (side * 0.03f), 0.08f);
            ear.Close();
            var label = side > 0 ? FaceClasses.LeftEar : FaceClasses.RightEar;
            scene.Canvas.Fill(ear, label, scene.Lit(x, EarHeight, 0.07f, Tone.Lighter(skin, 0.15f), skin, Tone.ShadedSkin(skin, 0.4f)));
            using var fold = new SKPath();
            fold.MoveTo(x + (side * 0.008f), -0.012f);
            fold.CubicTo(x + (side * 0.042f), -0.02f, x + (side * 0.036f), 0.05f, x + (side * 0.01f), 0.075f);
            scene.Canvas.Stroke(fold, Tone.Faded(Tone.ShadedSkin(skin, 0.6f), 0.55f), 0.009f, 0.003f);
        }
    }

    public static void PaintEarrings(FaceScene scene)
    {
        var style = scene.Details(4).Next(3);
        var metal = scene.Colors.Metal;
        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            var x = EarX(scene, side) + (side * 0.014f);
            const float Y = 0.125f;
            using var ring = new SKPath();
            switch (style)
            {
                case 0:
                    ring.AddCircle(x, Y + 0.036f, 0.033f);
                    scene.Canvas.Line(ring, FaceClasses.Earring, Tone.Darker(metal, 0.15f), 0.014f);
                    scene.Canvas.Stroke(ring, Tone.Lighter(metal, 0.5f), 0.005f);
                    break;
                case 1:
                    ring.AddCircle(x, Y, 0.021f);
                    scene.Canvas.Fill(ring, FaceClasses.Earring, scene.Lit(x, Y, 0.02f, SKColors.White, scene.Colors.Gem, Tone.Darker(scene.Colors.Gem, 0.5f)));
                    break;
                default:
                    ring.MoveTo(x, Y - 0.012f);
                    ring.CubicTo(x + 0.008f, Y + 0.02f, x + 0.032f, Y + 0.085f, x, Y + 0.09f);
                    ring.CubicTo(x - 0.032f, Y + 0.085f, x - 0.008f, Y + 0.02f, x, Y - 0.012f);
                    scene.Canvas.Fill(ring, FaceClasses.Earring, scene.Lit(x, Y + 0.05f, 0.04f, Tone.Lighter(metal, 0.7f), metal, Tone.Darker(metal, 0.5f)));
                    break;
            }
        }
    }

    public static SKPath Outline(FaceScene scene)
    {
        var (cheek, jaw, chin) = (scene.Cheek, scene.Jaw, scene.Chin);
        var tip = scene.Traits.Male ? 0.105f : 0.062f;
        var shift = scene.Pose.Turn * 0.05f;
        var path = new SKPath();
        path.MoveTo(0, FaceScene.Crown);
        path.CubicTo(cheek * 0.68f, FaceScene.Crown, cheek * 1.01f, -0.19f, cheek, 0.01f);
        path.CubicTo(cheek * 0.99f, 0.10f, jaw + 0.024f, 0.17f, jaw + shift, 0.225f);
        path.CubicTo((jaw * 0.86f) + shift, chin - 0.055f, tip + shift, chin, shift, chin);
        path.CubicTo(-tip + shift, chin, (-jaw * 0.86f) + shift, chin - 0.055f, -jaw + shift, 0.225f);
        path.CubicTo(-jaw - 0.024f, 0.17f, -cheek * 0.99f, 0.10f, -cheek, 0.01f);
        path.CubicTo(-cheek * 1.01f, -0.19f, -cheek * 0.68f, FaceScene.Crown, 0, FaceScene.Crown);
        path.Close();
        return path;
    }

    public static void PaintFace(FaceScene scene, SKPath outline)
    {
        var skin = scene.Colors.Skin;
        scene.Canvas.Fill(outline, FaceClasses.Skin, scene.Lit(0, 0.02f, 0.27f, Tone.Lighter(skin, 0.24f), skin, Tone.ShadedSkin(skin, 0.55f)));
        using var clip = scene.Canvas.Clipped(outline);
        var shade = Tone.ShadedSkin(skin, 0.6f);
        var away = scene.Pose.LightX > 0 ? -1 : 1;
        scene.Canvas.Ellipse(away * (scene.Cheek + 0.05f), 0.08f, 0.11f, 0.34f, Tone.Faded(shade, 0.5f * Math.Abs(scene.Pose.LightX)), 0.04f);
        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            using var socket = scene.Shape().Ellipse(side * 0.1f, -0.008f, 0.078f, 0.048f);
            scene.Canvas.Shade(socket, Tone.Faded(shade, 0.22f), 0.016f);
            if (scene.Traits.RosyCheeks)
            {
                using var cheek = scene.Shape().Ellipse(side * 0.145f, 0.115f, 0.056f, 0.044f);
                scene.Canvas.Shade(cheek, Tone.Faded(new SKColor(236, 66, 76), 0.55f), 0.018f);
            }

            if (scene.Traits.HighCheekbones)
            {
                using var bone = scene.Shape().Ellipse(side * 0.148f, 0.078f, 0.042f, 0.017f);
                scene.Canvas.Shade(bone, Tone.Faded(Tone.Lighter(skin, 0.75f), 0.65f), 0.01f);
                using var hollow = scene.Shape().Move(side * 0.205f, 0.115f).Quad(side * 0.15f, 0.165f, side * 0.105f, 0.195f);
                scene.Canvas.Stroke(hollow, Tone.Faded(shade, 0.6f), 0.022f, 0.011f);
            }
        }

        using var forehead = scene.Shape().Ellipse(0.06f * scene.Pose.LightX, -0.17f, 0.09f, 0.04f);
        scene.Canvas.Shade(forehead, Tone.Faded(Tone.Lighter(skin, 0.7f), 0.3f), 0.025f);
        using var chin = scene.Shape().Ellipse(0.02f * scene.Pose.LightX, scene.Chin - 0.05f, 0.034f, 0.02f);
        scene.Canvas.Shade(chin, Tone.Faded(Tone.Lighter(skin, 0.6f), 0.3f), 0.012f);
        PaintAge(scene);
    }

    private static void PaintAge(FaceScene scene)
    {
        var line = Tone.ShadedSkin(scene.Colors.Skin, 0.72f);
        using var folds = scene.Shape();
        if (!scene.Traits.Young)
        {
            for (var i = 0; i < 3; i++)
            {
                var y = -0.125f - (0.034f * i);
                folds.Move(-0.1f + (0.01f * i), y).Cubic(-0.04f, y - 0.014f, 0.04f, y - 0.014f, 0.1f - (0.01f * i), y);
            }

            foreach (var side in (ReadOnlySpan<int>)[-1, 1])
            {
                folds.Move(side * 0.05f, 0.118f).Quad(side * 0.108f, 0.15f, side * 0.112f, 0.215f);
                folds.Move(side * 0.166f, -0.004f).Line(side * 0.198f, -0.022f);
                folds.Move(side * 0.168f, 0.01f).Line(side * 0.2f, 0.012f);
                folds.Move(side * 0.164f, 0.024f).Line(side * 0.195f, 0.044f);
            }
        }

        scene.Canvas.Stroke(folds, Tone.Faded(line, 0.6f), 0.0075f, 0.0025f);
        if (scene.Traits.BagsUnderEyes)
        {
            foreach (var side in (ReadOnlySpan<int>)[-1, 1])
            {
                using var bag = scene.Shape().Move(side * 0.05f, 0.04f).Cubic(side * 0.07f, 0.082f, side * 0.13f, 0.08f, side * 0.15f, 0.032f);
                scene.Canvas.Stroke(bag, Tone.Faded(Tone.Mix(line, new SKColor(70, 30, 90), 0.45f), 0.62f), 0.013f, 0.006f);
            }
        }

        if (scene.Traits.DoubleChin)
        {
            using var second = scene.Shape()
                .Move(-scene.Jaw * 0.72f, scene.Chin - 0.082f)
                .Cubic(-scene.Jaw * 0.45f, scene.Chin - 0.012f, scene.Jaw * 0.45f, scene.Chin - 0.012f, scene.Jaw * 0.72f, scene.Chin - 0.082f);
            scene.Canvas.Stroke(second, Tone.Faded(line, 0.75f), 0.012f, 0.004f);
        }
    }

    // Ears stand behind the face's rounding: they move against the turn.
    private static float EarX(FaceScene scene, int side) => (side * (scene.Cheek - 0.004f)) - (0.04f * scene.Pose.Turn);
}
