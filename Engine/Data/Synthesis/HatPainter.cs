using SkiaSharp;

namespace KernelDiff.Engine.Data.Synthesis;

/// <summary>A knitted cap, a cap with a visor, or a hat with a brim.</summary>
internal static class HatPainter
{
    public static void Paint(FaceScene scene)
    {
        switch (scene.Details(9).Next(3))
        {
            case 0:
                PaintKnitted(scene);
                break;
            case 1:
                PaintVisored(scene);
                break;
            default:
                PaintBrimmed(scene);
                break;
        }
    }

    private static void PaintKnitted(FaceScene scene)
    {
        var (color, wide) = (scene.Colors.Hat, scene.Cheek + 0.055f);
        using var crown = Crown(scene, wide, FaceScene.Crown - 0.09f, -0.14f);
        Fill(scene, crown, color);
        using (scene.Canvas.Clipped(crown))
        {
            using var ribs = scene.Shape();
            for (var i = -6; i <= 6; i++)
            {
                ribs.Move(0.016f * i, FaceScene.Crown - 0.1f).Quad(0.05f * i, FaceScene.Crown, 0.043f * i, -0.12f);
            }

            scene.Canvas.Stroke(ribs, Tone.Faded(Tone.Darker(color, 0.6f), 0.35f), 0.008f, 0.002f);
        }

        using var fold = Band(wide + 0.008f, -0.215f, -0.138f, 0.05f);
        Fill(scene, fold, Tone.Lighter(scene.Colors.HatBand, 0.1f));
        using var clip = scene.Canvas.Clipped(fold);
        using var stitches = new SKPath();
        for (var i = -9; i <= 9; i++)
        {
            stitches.MoveTo(0.031f * i, -0.26f);
            stitches.LineTo(0.032f * i, -0.06f);
        }

        scene.Canvas.Stroke(stitches, Tone.Faded(Tone.Darker(scene.Colors.HatBand, 0.6f), 0.5f), 0.007f, 0.001f);
    }

    private static void PaintVisored(FaceScene scene)
    {
        var (color, wide) = (scene.Colors.Hat, scene.Cheek + 0.045f);
        using var crown = Crown(scene, wide, FaceScene.Crown - 0.075f, -0.13f);
        Fill(scene, crown, color);
        using (scene.Canvas.Clipped(crown))
        {
            using var seams = scene.Shape()
                .Move(0, FaceScene.Crown - 0.1f).Line(0, -0.1f)
                .Move(-0.02f, FaceScene.Crown - 0.09f).Quad(-0.15f, -0.25f, -0.15f, -0.1f)
                .Move(0.02f, FaceScene.Crown - 0.09f).Quad(0.15f, -0.25f, 0.15f, -0.1f);
            scene.Canvas.Stroke(seams, Tone.Faded(Tone.Darker(color, 0.7f), 0.5f), 0.006f);
            using var badge = scene.Shape(0.03f).Ellipse(0, -0.26f, 0.05f, 0.038f);
            scene.Canvas.Shade(badge, scene.Colors.HatBand);
        }

        var shift = scene.Pose.Turn * 0.3f;
        using var visor = new SKPath();
        visor.MoveTo(-wide * 0.86f + (shift * 0.3f), -0.17f);
        visor.CubicTo(-wide * 0.5f + shift, -0.23f, wide * 0.5f + shift, -0.23f, wide * 0.86f + (shift * 0.3f), -0.17f);
        visor.CubicTo(wide * 0.95f + shift, -0.12f, wide * 0.45f + shift, -0.11f, shift, -0.113f);
        visor.CubicTo(-wide * 0.45f + shift, -0.11f, -wide * 0.95f + shift, -0.12f, -wide * 0.86f + (shift * 0.3f), -0.17f);
        visor.Close();
        ShadeBrow(scene, visor);
        Fill(scene, visor, Tone.Darker(color, 0.18f));
    }

    private static void PaintBrimmed(FaceScene scene)
    {
        var (color, wide) = (scene.Colors.Hat, scene.Cheek + 0.02f);
        using var crown = Crown(scene, wide, FaceScene.Crown - 0.12f, -0.15f);
        Fill(scene, crown, color);
        using (scene.Canvas.Clipped(crown))
        {
            using var dent = new SKPath();
            dent.MoveTo(-0.09f, FaceScene.Crown - 0.12f);
            dent.QuadTo(0, FaceScene.Crown - 0.05f, 0.09f, FaceScene.Crown - 0.12f);
            scene.Canvas.Stroke(dent, Tone.Faded(Tone.Darker(color, 0.7f), 0.5f), 0.02f, 0.01f);
        }

        using var band = Band(wide - 0.002f, -0.235f, -0.165f, 0.03f);
        Fill(scene, band, scene.Colors.HatBand);
        using var brim = new SKPath();
        brim.AddOval(new SKRect(-wide - 0.12f, -0.21f, wide + 0.12f, -0.118f));
        ShadeBrow(scene, brim);
        using (scene.Canvas.Clipped(band, outside: true))
        {
            Fill(scene, brim, Tone.Darker(color, 0.08f));
        }
    }

    /// <summary>The part of the hat over the skull.</summary>
    private static SKPath Crown(FaceScene scene, float wide, float top, float bottom)
    {
        var shift = -0.03f * scene.Pose.Turn;
        var crown = new SKPath();
        crown.MoveTo(-wide, bottom);
        crown.CubicTo(-wide - 0.012f, top + 0.09f, (-wide * 0.72f) + shift, top, shift, top);
        crown.CubicTo((wide * 0.72f) + shift, top, wide + 0.012f, top + 0.09f, wide, bottom);
        crown.QuadTo(0, bottom - 0.02f, -wide, bottom);
        crown.Close();
        return crown;
    }

    /// <summary>A strip around the head, bent upwards in the middle by <paramref name="bend"/>.</summary>
    private static SKPath Band(float wide, float top, float bottom, float bend)
    {
        var band = new SKPath();
        band.MoveTo(-wide, top + (bend * 0.5f));
        band.QuadTo(0, top - (bend * 0.5f), wide, top + (bend * 0.5f));
        band.LineTo(wide + 0.002f, bottom + (bend * 0.5f));
        band.QuadTo(0, bottom - (bend * 0.5f), -wide - 0.002f, bottom + (bend * 0.5f));
        band.Close();
        return band;
    }

    private static void ShadeBrow(FaceScene scene, SKPath brim)
    {
        using var outline = HeadPainter.Outline(scene);
        using var clip = scene.Canvas.Clipped(outline);
        using var shadow = new SKPath(brim);
        shadow.Offset(-0.01f * scene.Pose.LightX, 0.022f);
        scene.Canvas.Shade(shadow, Tone.Faded(Tone.ShadedSkin(scene.Colors.Skin, 0.9f), 0.4f), 0.012f);
    }

    private static void Fill(FaceScene scene, SKPath area, SKColor color) => scene.Canvas.Fill(
        area, FaceClasses.Hat, scene.Lit(0, -0.25f, 0.28f, Tone.Lighter(color, 0.28f), color, Tone.Darker(color, 0.55f)));
}
