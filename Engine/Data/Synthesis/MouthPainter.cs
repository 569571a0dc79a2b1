using SkiaSharp;

namespace KernelDiff.Engine.Data.Synthesis;

/// <summary>The mouth: lips, and between them teeth and dark when it is open.</summary>
internal static class MouthPainter
{
    private const float Y = 0.232f;

    public static void Paint(FaceScene scene)
    {
        var traits = scene.Traits;
        var half = traits.Smiling ? 0.094f : 0.07f;
        var lift = traits.Smiling ? 0.03f : -0.008f;
        var sag = traits.Smiling ? 0.012f : 0;
        var open = traits.MouthOpen ? traits.Smiling ? 0.044f : 0.036f : 0;
        var upper = traits.BigLips ? 0.031f : 0.0155f;
        var lower = traits.BigLips ? 0.04f : 0.02f;
        var corner = Y - lift;
        var top = Y + sag - (open * 0.35f);
        var bottom = top + open;

        using var upperLip = scene.Shape()
            .Move(-half, corner)
            .Cubic(-half * 0.62f, corner - (upper * 0.7f), -0.03f, top - upper - 0.006f, -0.014f, top - upper)
            .Quad(0, top - (upper * 0.62f), 0.014f, top - upper)
            .Cubic(0.03f, top - upper - 0.006f, half * 0.62f, corner - (upper * 0.7f), half, corner)
            .Cubic(half * 0.5f, top + 0.003f, half * 0.2f, top, 0, top + 0.003f)
            .Cubic(-half * 0.2f, top, -half * 0.5f, top + 0.003f, -half, corner)
            .Close();
        using var lowerLip = scene.Shape()
            .Move(-half, corner)
            .Cubic(-half * 0.5f, bottom + 0.003f, -half * 0.2f, bottom + 0.002f, 0, bottom + 0.003f)
            .Cubic(half * 0.2f, bottom + 0.002f, half * 0.5f, bottom + 0.003f, half, corner)
            .Cubic(half * 0.62f, bottom + lower, half * 0.32f, bottom + lower + 0.006f, 0, bottom + lower + 0.006f)
            .Cubic(-half * 0.32f, bottom + lower + 0.006f, -half * 0.62f, bottom + lower, -half, corner)
            .Close();

        PaintSurroundings(scene, half, corner, bottom + lower);
        if (traits.MouthOpen)
        {
            PaintInside(scene, half, corner, top, bottom);
        }

        var color = scene.Colors.Lips;
        scene.Canvas.Fill(upperLip, FaceClasses.UpperLip, scene.Lit(0, top, half, Tone.Darker(color, 0.04f), Tone.Darker(color, 0.12f), Tone.Darker(color, 0.4f)));
        scene.Canvas.Fill(lowerLip, FaceClasses.LowerLip, scene.Lit(0, bottom + lower, half, Tone.Lighter(color, 0.2f), color, Tone.Darker(color, 0.35f)));
        using (scene.Canvas.Clipped(lowerLip))
        {
            using var gloss = scene.Shape().Ellipse(0.016f * scene.Pose.LightX, bottom + (lower * 0.55f), half * 0.34f, lower * 0.17f);
            scene.Canvas.Shade(gloss, Tone.Faded(SKColors.White, traits.Lipstick ? 0.55f : 0.25f), 0.004f);
        }

        if (!traits.MouthOpen)
        {
            using var line = scene.Shape()
                .Move(-half, corner)
                .Cubic(-half * 0.5f, top + 0.003f, -half * 0.2f, top, 0, top + 0.003f)
                .Cubic(half * 0.2f, top, half * 0.5f, top + 0.003f, half, corner);
            scene.Canvas.Stroke(line, Tone.Faded(Tone.Mix(Tone.Darker(color, 0.75f), new SKColor(70, 10, 20), 0.4f), 0.9f), 0.0065f);
        }
    }

    private static void PaintInside(FaceScene scene, float half, float corner, float top, float bottom)
    {
        using var inside = scene.Shape()
            .Move(-half * 0.97f, corner)
            .Cubic(-half * 0.5f, top, -half * 0.2f, top, 0, top)
            .Cubic(half * 0.2f, top, half * 0.5f, top, half * 0.97f, corner)
            .Cubic(half * 0.5f, bottom + 0.006f, half * 0.2f, bottom + 0.006f, 0, bottom + 0.006f)
            .Cubic(-half * 0.2f, bottom + 0.006f, -half * 0.5f, bottom + 0.006f, -half * 0.97f, corner)
            .Close();
        scene.Canvas.Fill(inside, FaceClasses.Mouth, new SKColor(74, 14, 24));
        using var clip = scene.Canvas.Clipped(inside);
        using var tongue = scene.Shape().Ellipse(0, bottom + 0.008f, half * 0.5f, 0.02f);
        scene.Canvas.Shade(tongue, new SKColor(196, 84, 92), 0.003f);
        using var teeth = scene.Shape()
            .Move(-half * 0.8f, corner - 0.02f)
            .Line(half * 0.8f, corner - 0.02f)
            .Cubic(half * 0.55f, top + 0.019f, half * 0.3f, top + 0.021f, 0, top + 0.021f)
            .Cubic(-half * 0.3f, top + 0.021f, -half * 0.55f, top + 0.019f, -half * 0.8f, corner - 0.02f)
            .Close();
        scene.Canvas.Shade(teeth, new SKColor(250, 247, 240));
    }

    private static void PaintSurroundings(FaceScene scene, float half, float corner, float bottom)
    {
        var skin = scene.Colors.Skin;
        using var below = scene.Shape().Ellipse(0, bottom + 0.018f, half * 0.42f, 0.009f);
        scene.Canvas.Shade(below, Tone.Faded(Tone.ShadedSkin(skin, 0.6f), 0.4f), 0.006f);
        using var groove = scene.Shape().Move(0, 0.168f).Line(0, 0.196f);
        scene.Canvas.Stroke(groove, Tone.Faded(Tone.ShadedSkin(skin, 0.5f), 0.3f), 0.012f, 0.005f);
        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            using var dimple = scene.Shape()
                .Move(side * (half + 0.004f), corner - 0.01f)
                .Quad(side * (half + 0.014f), corner, side * (half + 0.002f), corner + 0.012f);
            scene.Canvas.Stroke(dimple, Tone.Faded(Tone.ShadedSkin(skin, 0.75f), scene.Traits.Smiling ? 0.75f : 0.4f), 0.006f, 0.002f);
            if (scene.Traits.Smiling)
            {
                using var fold = scene.Shape().Move(side * 0.064f, 0.132f).Quad(side * 0.122f, 0.16f, side * 0.122f, 0.215f);
                scene.Canvas.Stroke(fold, Tone.Faded(Tone.ShadedSkin(skin, 0.6f), 0.4f), 0.008f, 0.004f);
            }
        }
    }
}
