using SkiaSharp;

namespace KernelDiff.Engine.Data.Synthesis;

/// <summary>Stubble, goatee, mustache and sideburns. Their class is skin, as in the data set's masks.</summary>
internal static class BeardPainter
{
    public static void Paint(FaceScene scene, SKPath outline)
    {
        using var clip = scene.Canvas.Clipped(outline);
        if (scene.Traits.Beard == Beard.Stubble)
        {
            PaintStubble(scene);
        }
        else if (scene.Traits.Beard == Beard.Goatee)
        {
            PaintGoatee(scene);
        }

        if (scene.Traits.Mustache)
        {
            PaintMustache(scene);
        }

        if (scene.Traits.Sideburns)
        {
            PaintSideburns(scene);
        }
    }

    private static void PaintStubble(FaceScene scene)
    {
        var (jaw, chin) = (scene.Jaw, scene.Chin);
        using var area = scene.Shape()
            .Move(-scene.Cheek - 0.03f, 0.10f)
            .Cubic(-jaw * 0.95f, 0.17f, -0.12f, 0.155f, -0.06f, 0.165f)
            .Quad(0, 0.178f, 0.06f, 0.165f)
            .Cubic(0.12f, 0.155f, jaw * 0.95f, 0.17f, scene.Cheek + 0.03f, 0.10f)
            .Line(scene.Cheek + 0.05f, chin + 0.1f)
            .Line(-scene.Cheek - 0.05f, chin + 0.1f)
            .Close();
        scene.Canvas.Shade(area, Tone.Faded(Tone.Mix(scene.Colors.FacialHair, new SKColor(50, 60, 76), 0.4f), 0.42f), 0.014f);
    }

    private static void PaintGoatee(FaceScene scene)
    {
        var chin = scene.Chin;
        var color = scene.Colors.FacialHair;
        using var goatee = scene.Shape()
            .Move(-0.072f, 0.262f)
            .Cubic(-0.03f, 0.285f, 0.03f, 0.285f, 0.072f, 0.262f)
            .Cubic(0.092f, 0.31f, 0.075f, chin + 0.03f, 0, chin + 0.03f)
            .Cubic(-0.075f, chin + 0.03f, -0.092f, 0.31f, -0.072f, 0.262f)
            .Close();
        scene.Canvas.Shade(goatee, scene.Lit(0, 0.32f, 0.09f, Tone.Lighter(color, 0.2f), color, Tone.Darker(color, 0.4f)));
        PaintHairs(scene, goatee, 0.05f, 0.27f, chin + 0.02f);
    }

    private static void PaintMustache(FaceScene scene)
    {
        var color = scene.Colors.FacialHair;
        using var mustache = scene.Shape(0.01f)
            .Move(0, 0.163f)
            .Cubic(0.04f, 0.15f, 0.08f, 0.176f, 0.112f, 0.21f)
            .Cubic(0.07f, 0.216f, 0.035f, 0.202f, 0, 0.196f)
            .Cubic(-0.035f, 0.202f, -0.07f, 0.216f, -0.112f, 0.21f)
            .Cubic(-0.08f, 0.176f, -0.04f, 0.15f, 0, 0.163f)
            .Close();
        scene.Canvas.Shade(mustache, scene.Lit(0, 0.18f, 0.09f, Tone.Lighter(color, 0.2f), color, Tone.Darker(color, 0.4f)));
        PaintHairs(scene, mustache, 0.08f, 0.155f, 0.212f);
    }

    private static void PaintHairs(FaceScene scene, SKPath area, float width, float top, float bottom)
    {
        using var clip = scene.Canvas.Clipped(area);
        using var hairs = scene.Shape(0.01f);
        for (var i = -4; i <= 4; i++)
        {
            hairs.Move(width * i * 0.18f, top).Line(width * i * 0.28f, bottom);
        }

        scene.Canvas.Stroke(hairs, Tone.Faded(Tone.Darker(scene.Colors.FacialHair, 0.5f), 0.4f), 0.005f);
    }

    private static void PaintSideburns(FaceScene scene)
    {
        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            var edge = side * scene.Cheek;
            using var sideburn = new SKPath();
            sideburn.MoveTo(edge * 1.1f, -0.06f);
            sideburn.LineTo(edge * 0.86f, -0.06f);
            sideburn.QuadTo(edge * 0.86f, 0.08f, edge * 0.80f, 0.155f);
            sideburn.LineTo(edge * 1.1f, 0.17f);
            sideburn.Close();
            scene.Canvas.Shade(sideburn, Tone.Faded(scene.Colors.FacialHair, 0.92f), 0.004f);
        }
    }
}
