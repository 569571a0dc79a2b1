using SkiaSharp;

namespace KernelDiff.Engine.Data.Synthesis;

/// <summary>The nose: wide or narrow wings, a round or a pointed tip.</summary>
internal static class NosePainter
{
    public static void Paint(FaceScene scene)
    {
        var skin = scene.Colors.Skin;
        var (big, pointy) = (scene.Traits.BigNose, scene.Traits.PointyNose);
        var wing = big ? 0.064f : 0.04f;
        var bridge = big ? 0.022f : 0.015f;
        var bottom = (big ? 0.152f : 0.14f) + (pointy ? 0.016f : 0);
        using var nose = scene.Shape(0.03f);
        nose.Move(-bridge, -0.03f).Line(bridge, -0.03f)
            .Cubic(bridge, 0.05f, bridge + 0.008f, 0.08f, wing, bottom - 0.034f);
        if (pointy)
        {
            nose.Cubic(wing * 1.05f, bottom - 0.02f, wing * 0.7f, bottom - 0.012f, 0.012f, bottom)
                .Quad(0, bottom + 0.007f, -0.012f, bottom)
                .Cubic(-wing * 0.7f, bottom - 0.012f, -wing * 1.05f, bottom - 0.02f, -wing, bottom - 0.034f);
        }
        else
        {
            nose.Cubic(wing * 1.15f, bottom - 0.01f, wing * 0.75f, bottom + 0.002f, wing * 0.45f, bottom - 0.004f)
                .Quad(0, bottom + 0.014f, -wing * 0.45f, bottom - 0.004f)
                .Cubic(-wing * 0.75f, bottom + 0.002f, -wing * 1.15f, bottom - 0.01f, -wing, bottom - 0.034f);
        }

        nose.Cubic(-bridge - 0.008f, 0.08f, -bridge, 0.05f, -bridge, -0.03f).Close();
        var away = scene.Pose.LightX > 0 ? -1 : 1;
        using var cast = scene.Shape().Ellipse(away * (wing * 0.8f), bottom - 0.01f, wing * 0.9f, 0.03f);
        scene.Canvas.Shade(cast, Tone.Faded(Tone.ShadedSkin(skin, 0.7f), 0.4f), 0.011f);
        var lit = Tone.Lighter(skin, 0.2f);
        var tip = scene.Pose.Project(0, bottom - 0.04f, 0.03f);
        scene.Canvas.Mark(nose, FaceClasses.Nose);
        scene.Canvas.Shade(nose, SKShader.CreateLinearGradient(
            new SKPoint(tip.X - wing, 0),
            new SKPoint(tip.X + wing, 0),
            away < 0
                ? [Tone.Faded(Tone.ShadedSkin(skin, 0.4f), 0.85f), Tone.Faded(skin, 0.5f), Tone.Faded(lit, 0.55f)]
                : [Tone.Faded(lit, 0.55f), Tone.Faded(skin, 0.5f), Tone.Faded(Tone.ShadedSkin(skin, 0.4f), 0.85f)],
            SKShaderTileMode.Clamp));
        using (scene.Canvas.Clipped(nose))
        {
            using var ridge = scene.Shape(0.03f).Move(0.004f * scene.Pose.LightX, -0.01f).Line(0.006f * scene.Pose.LightX, bottom - 0.05f);
            scene.Canvas.Stroke(ridge, Tone.Faded(Tone.Lighter(skin, 0.8f), 0.5f), 0.012f, 0.006f);
            using var ball = scene.Shape(0.03f).Ellipse(0.008f * scene.Pose.LightX, bottom - 0.034f, pointy ? 0.009f : wing * 0.36f, 0.014f);
            scene.Canvas.Shade(ball, Tone.Faded(Tone.Lighter(skin, 0.85f), 0.6f), 0.006f);
        }

        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            using var nostril = scene.Shape(0.03f).Ellipse(side * wing * (pointy ? 0.42f : 0.5f), bottom - (pointy ? 0.012f : 0.009f), wing * 0.22f, 0.0065f);
            scene.Canvas.Shade(nostril, Tone.Faded(new SKColor(60, 16, 18), 0.8f), 0.002f);
            using var fold = scene.Shape(0.03f).Move(side * wing * 0.9f, bottom - 0.046f)
                .Cubic(side * wing * 1.2f, bottom - 0.02f, side * wing * 0.95f, bottom + 0.001f, side * wing * 0.7f, bottom - 0.003f);
            scene.Canvas.Stroke(fold, Tone.Faded(Tone.ShadedSkin(skin, 0.8f), 0.65f), 0.006f, 0.002f);
        }
    }
}
