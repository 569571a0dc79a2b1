using SkiaSharp;

namespace KernelDiff.Engine.Data.Synthesis;

/// <summary>Neck, clothes with or without a necktie, and necklace.</summary>
internal static class BodyPainter
{
    private const float Bottom = 0.85f;

    public static void Paint(FaceScene scene)
    {
        PaintNeck(scene);
        PaintCloth(scene);
        if (scene.Traits.Necklace)
        {
            PaintNecklace(scene);
        }
    }

    private static void PaintNeck(FaceScene scene)
    {
        var skin = scene.Colors.Skin;
        var width = NeckWidth(scene);
        using var neck = new SKPath();
        neck.MoveTo(-width, 0.12f);
        neck.LineTo(width, 0.12f);
        neck.CubicTo(width * 0.98f, 0.40f, width * 1.05f, 0.46f, width + 0.09f, 0.52f);
        neck.LineTo(width + 0.12f, 0.66f);
        neck.LineTo(-width - 0.12f, 0.66f);
        neck.LineTo(-width - 0.09f, 0.52f);
        neck.CubicTo(-width * 1.05f, 0.46f, -width * 0.98f, 0.40f, -width, 0.12f);
        neck.Close();
        scene.Canvas.Fill(neck, FaceClasses.Neck, SKShader.CreateLinearGradient(
            new SKPoint(-width * 1.3f, 0),
            new SKPoint(width * 1.3f, 0),
            [Side(scene, skin, -1), Tone.ShadedSkin(skin, 0.10f), Side(scene, skin, 1)],
            SKShaderTileMode.Clamp));
        using (scene.Canvas.Clipped(neck))
        {
            var shadow = Tone.Faded(Tone.ShadedSkin(skin, 0.75f), 0.62f);
            scene.Canvas.Ellipse(-0.03f * scene.Pose.LightX, scene.Chin - 0.06f, scene.Jaw * 1.15f, 0.135f, shadow, 0.022f);
            using var tendons = new SKPath();
            tendons.MoveTo(-width * 0.75f, 0.42f);
            tendons.LineTo(-width * 0.18f, 0.53f);
            tendons.MoveTo(width * 0.75f, 0.42f);
            tendons.LineTo(width * 0.18f, 0.53f);
            scene.Canvas.Stroke(tendons, Tone.Faded(Tone.ShadedSkin(skin, 0.5f), scene.Traits.Young ? 0.22f : 0.5f), 0.009f, 0.005f);
        }
    }

    private static void PaintCloth(FaceScene scene)
    {
        var random = scene.Details(2);
        var style = random.Next(3);
        var color = scene.Colors.Cloth;
        var deep = scene.Traits.Necktie ? 0.50f : style switch { 0 => 0.545f, 1 => 0.62f, _ => 0.52f };
        var neck = NeckWidth(scene);
        var shoulder = scene.Traits.Male ? 0.45f : 0.385f;
        using var cloth = new SKPath();
        cloth.MoveTo(-neck - 0.035f, 0.475f);
        if (style == 1 && !scene.Traits.Necktie)
        {
            cloth.LineTo(0, deep);
            cloth.LineTo(neck + 0.035f, 0.475f);
        }
        else
        {
            cloth.CubicTo(-neck * 0.8f, deep + 0.02f, neck * 0.8f, deep + 0.02f, neck + 0.035f, 0.475f);
        }

        cloth.CubicTo(neck + 0.12f, 0.505f, shoulder - 0.06f, 0.505f, shoulder, 0.60f);
        cloth.CubicTo(shoulder + 0.03f, 0.66f, shoulder + 0.05f, 0.72f, shoulder + 0.06f, Bottom);
        cloth.LineTo(-shoulder - 0.06f, Bottom);
        cloth.CubicTo(-shoulder - 0.05f, 0.72f, -shoulder - 0.03f, 0.66f, -shoulder, 0.60f);
        cloth.CubicTo(-shoulder + 0.06f, 0.505f, -neck - 0.12f, 0.505f, -neck - 0.035f, 0.475f);
        cloth.Close();
        scene.Canvas.Fill(cloth, FaceClasses.Cloth, scene.Lit(0, 0.66f, 0.45f, Tone.Lighter(color, 0.22f), color, Tone.Darker(color, 0.6f)));
        using (scene.Canvas.Clipped(cloth))
        {
            using var fold = new SKPath();
            fold.MoveTo(-shoulder * 0.62f, 0.70f);
            fold.QuadTo(-shoulder * 0.55f, 0.60f, -shoulder * 0.72f, 0.56f);
            fold.MoveTo(shoulder * 0.62f, 0.70f);
            fold.QuadTo(shoulder * 0.55f, 0.60f, shoulder * 0.72f, 0.56f);
            scene.Canvas.Stroke(fold, Tone.Faded(Tone.Darker(color, 0.5f), 0.6f), 0.012f, 0.008f);
        }

        if (scene.Traits.Necktie)
        {
            PaintNecktie(scene, neck);
        }
        else
        {
            using var seam = new SKPath();
            seam.MoveTo(-neck - 0.035f, 0.475f);
            if (style == 1)
            {
                seam.LineTo(0, deep);
                seam.LineTo(neck + 0.035f, 0.475f);
            }
            else
            {
                seam.CubicTo(-neck * 0.8f, deep + 0.02f, neck * 0.8f, deep + 0.02f, neck + 0.035f, 0.475f);
            }

            scene.Canvas.Line(seam, FaceClasses.Cloth, Tone.Mix(color, Tone.Lighter(color, 0.5f), 0.6f), 0.016f);
        }
    }

    private static void PaintNecktie(FaceScene scene, float neck)
    {
        var white = new SKColor(238, 240, 244);
        var tie = scene.Colors.Tie;
        using var shirt = new SKPath();
        shirt.MoveTo(-neck * 0.95f, 0.48f);
        shirt.LineTo(0, 0.56f);
        shirt.LineTo(neck * 0.95f, 0.48f);
        shirt.LineTo(neck * 1.05f, 0.60f);
        shirt.LineTo(0, Bottom);
        shirt.LineTo(-neck * 1.05f, 0.60f);
        shirt.Close();
        scene.Canvas.Fill(shirt, FaceClasses.Cloth, scene.Lit(0, 0.6f, 0.2f, SKColors.White, white, Tone.Darker(white, 0.35f)));
        using var blade = new SKPath();
        blade.MoveTo(-0.032f, 0.535f);
        blade.LineTo(0.032f, 0.535f);
        blade.LineTo(0.024f, 0.585f);
        blade.LineTo(0.058f, Bottom);
        blade.LineTo(-0.058f, Bottom);
        blade.LineTo(-0.024f, 0.585f);
        blade.Close();
        scene.Canvas.Fill(blade, FaceClasses.Cloth, scene.Lit(0, 0.6f, 0.1f, Tone.Lighter(tie, 0.3f), tie, Tone.Darker(tie, 0.5f)));
        using (scene.Canvas.Clipped(blade))
        {
            using var stripes = new SKPath();
            for (var i = 0; i < 4; i++)
            {
                stripes.MoveTo(-0.07f, 0.64f + (0.06f * i));
                stripes.LineTo(0.07f, 0.59f + (0.06f * i));
            }

            scene.Canvas.Stroke(stripes, Tone.Faded(Tone.Lighter(tie, 0.6f), 0.8f), 0.012f);
            scene.Canvas.Ellipse(0, 0.588f, 0.05f, 0.006f, Tone.Faded(Tone.Darker(tie, 0.8f), 0.7f), 0.004f);
        }

        foreach (var side in (ReadOnlySpan<float>)[-1, 1])
        {
            using var collar = new SKPath();
            collar.MoveTo(side * neck * 1.02f, 0.455f);
            collar.LineTo(side * 0.012f, 0.545f);
            collar.LineTo(side * neck * 0.62f, 0.61f);
            collar.LineTo(side * (neck + 0.055f), 0.50f);
            collar.Close();
            scene.Canvas.Fill(collar, FaceClasses.Cloth, Tone.Mix(white, SKColors.White, side * scene.Pose.LightX > 0 ? 0.8f : 0));
            scene.Canvas.Stroke(collar, Tone.Faded(SKColors.Black, 0.22f), 0.004f);
        }
    }

    private static void PaintNecklace(FaceScene scene)
    {
        var metal = scene.Colors.Metal;
        var width = NeckWidth(scene) + 0.012f;
        var random = scene.Details(3);
        using var chain = new SKPath();
        chain.MoveTo(-width, 0.435f);
        chain.CubicTo(-width * 0.6f, 0.525f, width * 0.6f, 0.525f, width, 0.435f);
        if (random.Next(2) == 0)
        {
            scene.Canvas.Line(chain, FaceClasses.Necklace, Tone.Darker(metal, 0.25f), 0.015f);
            scene.Canvas.Stroke(chain, Tone.Lighter(metal, 0.45f), 0.006f);
            using var pendant = new SKPath();
            pendant.AddOval(new SKRect(-0.022f, 0.492f, 0.022f, 0.545f));
            scene.Canvas.Fill(pendant, FaceClasses.Necklace, scene.Lit(0, 0.52f, 0.025f, SKColors.White, scene.Colors.Gem, Tone.Darker(scene.Colors.Gem, 0.5f)));
            scene.Canvas.Line(pendant, FaceClasses.Necklace, Tone.Darker(metal, 0.1f), 0.007f);
            return;
        }

        var pearl = new SKColor(246, 240, 230);
        using var measure = new SKPathMeasure(chain);
        const int Pearls = 11;
        for (var i = 0; i < Pearls; i++)
        {
            measure.GetPosition(measure.Length * i / (Pearls - 1), out var at);
            using var bead = new SKPath();
            bead.AddCircle(at.X, at.Y, 0.0145f);
            scene.Canvas.Fill(bead, FaceClasses.Necklace, scene.Lit(at.X, at.Y, 0.013f, SKColors.White, pearl, Tone.Darker(pearl, 0.55f)));
        }
    }

    private static float NeckWidth(FaceScene scene) =>
        (scene.Traits.Male ? 0.142f : 0.102f) + (scene.Traits.Chubby ? 0.016f : 0);

    private static SKColor Side(FaceScene scene, SKColor skin, float side) =>
        Tone.ShadedSkin(skin, 0.22f - (0.20f * side * scene.Pose.LightX) + (0.15f * (1 - scene.Pose.Ambient)));
}
