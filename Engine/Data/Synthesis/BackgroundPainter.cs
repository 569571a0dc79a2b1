using SkiaSharp;

namespace KernelDiff.Engine.Data.Synthesis;

/// <summary>What is behind the person: a wall in a gradient of light, sometimes with lights out of focus. Class background.</summary>
internal static class BackgroundPainter
{
    public static void Paint(FaceScene scene)
    {
        using var all = new SKPath();
        all.AddRect(new SKRect(0, 0, 1, 1));
        var random = scene.Details(1);
        var tilt = random.NextSingle() - 0.5f;
        scene.Canvas.Fill(all, FaceClasses.Background, SKShader.CreateLinearGradient(
            new SKPoint(0.5f - tilt, 0),
            new SKPoint(0.5f + tilt, 1),
            [scene.Colors.BackgroundTop, scene.Colors.BackgroundBottom],
            SKShaderTileMode.Clamp));
        var glow = Tone.Lighter(scene.Colors.BackgroundTop, 0.5f);
        scene.Canvas.Shade(all, SKShader.CreateRadialGradient(
            new SKPoint(0.5f + (0.35f * scene.Pose.LightX), 0.35f),
            0.65f,
            [Tone.Faded(glow, 0.6f), Tone.Faded(glow, 0)],
            SKShaderTileMode.Clamp));
        if (random.Next(3) == 0)
        {
            for (var i = 0; i < 7; i++)
            {
                var light = Tone.Lighter(scene.Colors.BackgroundBottom, 0.35f + (0.4f * random.NextSingle()));
                var radius = 0.03f + (0.07f * random.NextSingle());
                scene.Canvas.Ellipse(random.NextSingle(), random.NextSingle(), radius, radius, Tone.Faded(light, 0.32f), 0.006f);
            }
        }
    }

    /// <summary>Darker corners, over everything.</summary>
    public static void PaintVignette(FaceScene scene)
    {
        using var all = new SKPath();
        all.AddRect(new SKRect(0, 0, 1, 1));
        scene.Canvas.Shade(all, SKShader.CreateRadialGradient(
            new SKPoint(0.5f, 0.5f), 0.78f, [SKColors.Transparent, Tone.Faded(new SKColor(12, 6, 18), 0.28f)], [0.62f, 1], SKShaderTileMode.Clamp));
    }
}
