using KernelDiff.Kernels.RandomNumbers;
using SkiaSharp;

namespace KernelDiff.Engine.Data.Synthesis;

/// <summary>Arithmetic of colours.</summary>
internal static class Tone
{
    public static SKColor Mix(SKColor from, SKColor to, float part) => new(
        (byte)Math.Clamp(from.Red + ((to.Red - from.Red) * part), 0, 255),
        (byte)Math.Clamp(from.Green + ((to.Green - from.Green) * part), 0, 255),
        (byte)Math.Clamp(from.Blue + ((to.Blue - from.Blue) * part), 0, 255));

    public static SKColor Lighter(SKColor color, float part) => Mix(color, new SKColor(255, 248, 236), part);

    public static SKColor Darker(SKColor color, float part) => Mix(color, new SKColor(18, 8, 20), part);

    /// <summary>Skin in the shade is redder, not only darker.</summary>
    public static SKColor ShadedSkin(SKColor color, float part) => Mix(color, new SKColor(92, 26, 24), part);

    public static SKColor Faded(SKColor color, float opacity) => color.WithAlpha((byte)Math.Clamp(opacity * 255, 0, 255));

    /// <summary>A colour of random hue; saturation and lightness from 0 to 1, each from a range.</summary>
    public static SKColor Random(Philox random, float lowSaturation, float highSaturation, float lowLightness, float highLightness) =>
        SKColor.FromHsl(
            random.NextSingle() * 360,
            100 * (lowSaturation + ((highSaturation - lowSaturation) * random.NextSingle())),
            100 * (lowLightness + ((highLightness - lowLightness) * random.NextSingle())));
}
