using KernelDiff.Engine.Imaging;
using ScottPlot;
using SkiaSharp;

namespace KernelDiff.Engine.Training;

/// <summary>Gives plots the embedded font: a server or a container may have no fonts at all.</summary>
internal sealed class PlotFont : IFontResolver
{
    private static readonly Lazy<PlotFont> Installed = new(() =>
    {
        var font = new PlotFont();
        Fonts.FontResolvers.Insert(0, font);
        return font;
    });

    /// <summary>Makes the embedded font the one of all plots.</summary>
    public static void Install() => _ = Installed.Value;

    public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) => EmbeddedFont.Face;

    public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) => EmbeddedFont.Face;
}
