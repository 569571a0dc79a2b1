using SkiaSharp;

namespace KernelDiff.Engine.Data.Synthesis;

/// <summary>Hair: behind the neck, on the head, as bangs; full, receding or only around a bald head; smooth, straight or wavy.</summary>
internal static class HairPainter
{
    /// <summary>Hair that falls behind neck and shoulders.</summary>
    public static void PaintBack(FaceScene scene)
    {
        if (!IsLong(scene))
        {
            return;
        }

        var wide = scene.Cheek + 0.075f;
        var top = FaceScene.Crown - 0.04f;
        using var back = new SKPath();
        back.MoveTo(0, top);
        back.CubicTo(-wide * 0.7f, top, -wide, -0.16f, -wide, 0.06f);
        back.CubicTo(-wide, 0.24f, -wide - 0.04f, 0.36f, -wide - 0.03f, 0.56f);
        back.QuadTo(0, 0.66f, wide + 0.03f, 0.56f);
        back.CubicTo(wide + 0.04f, 0.36f, wide, 0.24f, wide, 0.06f);
        back.CubicTo(wide, -0.16f, wide * 0.7f, top, 0, top);
        back.Close();
        Fill(scene, back, 0.35f);
    }

    /// <summary>Hair on the head, over the face.</summary>
    public static void PaintFront(FaceScene scene)
    {
        if (scene.Traits.HairCut == HairCut.Bald)
        {
            PaintFringe(scene);
            PaintScalp(scene);
            return;
        }

        if (IsLong(scene))
        {
            PaintLocks(scene);
        }

        using var cap = Cap(scene);
        using (scene.Canvas.Clipped(cap, outside: true))
        {
            using var outline = HeadPainter.Outline(scene);
            using var clip = scene.Canvas.Clipped(outline);
            using var shadow = new SKPath(cap);
            shadow.Offset(-0.012f * scene.Pose.LightX, 0.02f);
            scene.Canvas.Shade(shadow, Tone.Faded(Tone.ShadedSkin(scene.Colors.Skin, 0.8f), 0.4f), 0.012f);
        }

        Fill(scene, cap, 0);
        if (scene.Traits.HairCut == HairCut.Bangs)
        {
            PaintBangEnds(scene, cap);
        }
    }

    private static bool IsLong(FaceScene scene) => scene.Traits.LongHair && scene.Traits.HairCut != HairCut.Bald;

    private static SKPath Cap(FaceScene scene)
    {
        var cheek = scene.Cheek;
        var end = IsLong(scene) ? 0.06f : 0.015f;
        var volume = scene.Traits.Texture == HairTexture.Wavy ? 0.075f : 0.055f;
        var top = FaceScene.Crown - volume;
        using var outer = new SKPath();
        outer.MoveTo(-cheek - 0.018f, end);
        outer.CubicTo(-cheek - volume - 0.03f, -0.14f, -cheek * 0.78f, top, 0, top);
        outer.CubicTo(cheek * 0.78f, top, cheek + volume + 0.03f, -0.14f, cheek + 0.018f, end);
        var cap = Textured(scene, outer, 0.011f);
        using var hairline = Hairline(scene, end);
        cap.AddPath(hairline, SKPathAddMode.Extend);
        cap.Close();
        return cap;
    }

    /// <summary>The border towards the face, from the right-hand side of the picture to the left.</summary>
    private static FaceShape Hairline(FaceScene scene, float end)
    {
        var cheek = scene.Cheek;
        var part = scene.Details(7).Next(2) == 0 ? -0.06f : 0.06f;
        var side = cheek - 0.022f;
        var shape = scene.Shape().Move(cheek - 0.006f, end);
        return scene.Traits.HairCut switch
        {
            HairCut.Bangs => shape.Through(
                (cheek - 0.006f, end), (side, -0.05f), (0.13f, -0.108f), (0.085f, -0.126f), (0.04f, -0.114f), (0, -0.126f),
                (-0.045f, -0.112f), (-0.09f, -0.126f), (-0.13f, -0.108f), (-side, -0.05f), (-cheek + 0.006f, end)),
            HairCut.Receding => shape.Through(
                (cheek - 0.006f, end), (side + 0.006f, -0.08f), (0.172f, -0.178f), (0.125f, -0.262f), (0.07f, -0.272f), (0, -0.236f),
                (-0.07f, -0.272f), (-0.125f, -0.262f), (-0.172f, -0.178f), (-side - 0.006f, -0.08f), (-cheek + 0.006f, end)),
            _ => shape.Through(
                (cheek - 0.006f, end), (side, -0.07f), (0.155f, -0.152f), (part, -0.212f), (-0.155f, -0.152f), (-side, -0.07f),
                (-cheek + 0.006f, end)),
        };
    }

    private static void PaintLocks(FaceScene scene)
    {
        var cheek = scene.Cheek;
        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            using var line = new SKPath();
            line.MoveTo(side * (cheek - 0.02f), -0.10f);
            line.CubicTo(side * (cheek + 0.075f), -0.04f, side * (cheek + 0.065f), 0.24f, side * (cheek + 0.095f), 0.50f);
            line.QuadTo(side * (cheek + 0.03f), 0.545f, side * (cheek - 0.035f), 0.46f);
            line.CubicTo(side * (cheek + 0.035f), 0.30f, side * (cheek - 0.012f), 0.12f, side * (cheek - 0.026f), -0.06f);
            line.Close();
            using var locks = Textured(scene, line, 0.009f);
            Fill(scene, locks, 0.1f);
        }
    }

    private static void PaintBangEnds(FaceScene scene, SKPath cap)
    {
        using var clip = scene.Canvas.Clipped(cap);
        using var tips = scene.Shape();
        for (var i = -4; i <= 4; i++)
        {
            tips.Move(0.03f * i, -0.2f).Quad(0.036f * i, -0.14f, (0.034f * i) + 0.008f, -0.11f);
        }

        scene.Canvas.Stroke(tips, Tone.Faded(Tone.Darker(scene.Colors.Hair, 0.5f), 0.6f), 0.008f, 0.002f);
    }

    private static void PaintFringe(FaceScene scene)
    {
        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            var edge = side * scene.Cheek;
            using var line = new SKPath();
            line.MoveTo(edge - (side * 0.012f), -0.125f);
            line.CubicTo(edge + (side * 0.045f), -0.12f, edge + (side * 0.06f), 0, edge + (side * 0.03f), 0.07f);
            line.CubicTo(edge + (side * 0.01f), 0.05f, edge - (side * 0.03f), 0.01f, edge - (side * 0.024f), -0.06f);
            line.Close();
            using var fringe = Textured(scene, line, 0.007f);
            Fill(scene, fringe, 0.1f);
        }
    }

    private static void PaintScalp(FaceScene scene)
    {
        using var shine = scene.Shape().Ellipse(0.07f * scene.Pose.LightX, -0.235f, 0.075f, 0.03f);
        scene.Canvas.Shade(shine, Tone.Faded(SKColors.White, 0.5f), 0.016f);
    }

    private static void Fill(FaceScene scene, SKPath area, float depth)
    {
        var color = Tone.Darker(scene.Colors.Hair, depth);
        scene.Canvas.Fill(area, FaceClasses.Hair, scene.Lit(0, -0.1f, 0.36f, Tone.Lighter(color, 0.24f), color, Tone.Darker(color, 0.6f)));
        using var clip = scene.Canvas.Clipped(area);
        PaintStrands(scene, color);
        var bounds = area.Bounds;
        if (bounds.Top < FaceScene.Crown)
        {
            using var shine = new SKPath();
            shine.MoveTo(-0.2f + (0.06f * scene.Pose.LightX), -0.17f);
            shine.QuadTo(0.05f * scene.Pose.LightX, -0.37f, 0.2f + (0.06f * scene.Pose.LightX), -0.17f);
            scene.Canvas.Stroke(shine, Tone.Faded(Tone.Lighter(color, 0.75f), 0.34f), 0.03f, 0.014f);
        }
    }

    private static void PaintStrands(FaceScene scene, SKColor color)
    {
        var texture = scene.Traits.Texture;
        var random = scene.Details(8);
        var part = scene.Details(7).Next(2) == 0 ? -0.06f : 0.06f;
        var strength = texture == HairTexture.Smooth ? 0.16f : 0.42f;
        var count = texture == HairTexture.Straight ? 30 : 18;
        using var light = new SKPath();
        using var dark = new SKPath();
        for (var i = 0; i < count; i++)
        {
            var t = ((2 * (i + random.NextSingle())) / count) - 1;
            var x = t * (scene.Cheek + 0.12f);
            using var strand = new SKPath();
            strand.MoveTo(part + (t * 0.05f), FaceScene.Crown - 0.06f);
            strand.CubicTo(x * 0.75f, FaceScene.Crown - 0.03f, x * 1.02f, -0.16f, x, 0.05f);
            strand.LineTo(x * 1.06f, 0.6f);
            using var waved = texture == HairTexture.Wavy ? Waved(strand, 0.013f, 0.11f) : new SKPath(strand);
            (i % 2 == 0 ? dark : light).AddPath(waved);
        }

        var width = texture == HairTexture.Straight ? 0.0055f : 0.010f;
        scene.Canvas.Stroke(dark, Tone.Faded(Tone.Darker(color, 0.65f), strength), width, 0.001f);
        scene.Canvas.Stroke(light, Tone.Faded(Tone.Lighter(color, 0.55f), strength), width, 0.001f);
    }

    private static SKPath Textured(FaceScene scene, SKPath outline, float amplitude) =>
        scene.Traits.Texture == HairTexture.Wavy ? Waved(outline, amplitude, 0.085f) : new SKPath(outline);

    /// <summary>The path with waves across its direction, as a line through close points.</summary>
    private static SKPath Waved(SKPath path, float amplitude, float length)
    {
        const float Step = 0.008f;
        var waved = new SKPath();
        using var measure = new SKPathMeasure(path);
        do
        {
            for (var at = 0f; at <= measure.Length; at += Step)
            {
                measure.GetPositionAndTangent(at, out var position, out var tangent);
                var offset = amplitude * MathF.Sin(2 * MathF.PI * at / length);
                var point = new SKPoint(position.X - (tangent.Y * offset), position.Y + (tangent.X * offset));
                if (at == 0)
                {
                    waved.MoveTo(point);
                }
                else
                {
                    waved.LineTo(point);
                }
            }

            if (measure.IsClosed)
            {
                waved.Close();
            }
        }
        while (measure.NextContour());
        return waved;
    }
}
