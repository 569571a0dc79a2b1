using SkiaSharp;

namespace KernelDiff.Engine.Imaging;

/// <summary>The typeface of all text in pictures. Embedded, because a server or a container may have no fonts at all.</summary>
internal static class EmbeddedFont
{
    private static readonly Lazy<SKTypeface> Typeface = new(Load);

    /// <summary>Lives as long as the process.</summary>
    public static SKTypeface Face => Typeface.Value;

    /// <summary>The font at a size in pixels.</summary>
    public static SKFont OfSize(float pixels) => new(Typeface.Value, pixels) { Edging = SKFontEdging.Antialias, Subpixel = true };

    private static SKTypeface Load()
    {
        using var stream = typeof(EmbeddedFont).Assembly.GetManifestResourceStream("DejaVuSans.ttf")!;
        using var data = SKData.Create(stream);
        return SKTypeface.FromData(data);
    }
}
