using KernelDiff.Engine.Imaging;
using SkiaSharp;

namespace KernelDiff.Engine.Data.Synthesis;

/// <summary>
/// Two pictures drawn from the same shapes: colours with smooth borders and labels with hard ones. A shape with a label goes into both;
/// shading goes into the colours alone.
/// </summary>
internal sealed class FaceCanvas : IDisposable
{
    private readonly int size;
    private readonly SKBitmap colorPixels;
    private readonly SKBitmap labelPixels;
    private readonly SKCanvas colors;
    private readonly SKCanvas labels;

    /// <summary>A canvas of size x size pixels whose coordinates run from 0 to 1.</summary>
    public FaceCanvas(int size)
    {
        this.size = size;
        var info = new SKImageInfo(size, size, SKColorType.Rgba8888, SKAlphaType.Premul);
        (colorPixels, labelPixels) = (new SKBitmap(info), new SKBitmap(info));
        (colors, labels) = (new SKCanvas(colorPixels), new SKCanvas(labelPixels));
        colors.Clear(SKColors.Black);
        labels.Clear(SKColors.Black);
        colors.Scale(size);
        labels.Scale(size);
    }

    /// <summary>Draws in another frame until the scope is disposed.</summary>
    public Scope Within(SKMatrix frame)
    {
        var scope = new Scope(this);
        colors.Concat(in frame);
        labels.Concat(in frame);
        return scope;
    }

    /// <summary>Draws only inside (or outside) a shape until the scope is disposed.</summary>
    public Scope Clipped(SKPath shape, bool outside = false)
    {
        var scope = new Scope(this);
        var operation = outside ? SKClipOperation.Difference : SKClipOperation.Intersect;
        colors.ClipPath(shape, operation, antialias: true);
        labels.ClipPath(shape, operation, antialias: false);
        return scope;
    }

    /// <summary>A filled shape of a class.</summary>
    public void Fill(SKPath shape, byte label, SKShader shader)
    {
        Shade(shape, shader);
        Mark(shape, label);
    }

    /// <summary>A filled shape of a class.</summary>
    public void Fill(SKPath shape, byte label, SKColor color)
    {
        Shade(shape, color);
        Mark(shape, label);
    }

    /// <summary>A line of a class.</summary>
    public void Line(SKPath line, byte label, SKColor color, float width)
    {
        Stroke(line, color, width);
        using var paint = new SKPaint { IsStroke = true, StrokeWidth = width, StrokeCap = SKStrokeCap.Round, StrokeJoin = SKStrokeJoin.Round };
        Label(line, label, paint);
    }

    /// <summary>The class of a shape, without any colour.</summary>
    public void Mark(SKPath shape, byte label)
    {
        using var paint = new SKPaint();
        Label(shape, label, paint);
    }

    /// <summary>A shape in the colours alone.</summary>
    public void Shade(SKPath shape, SKShader shader)
    {
        using var paint = new SKPaint { IsAntialias = true, Shader = shader };
        colors.DrawPath(shape, paint);
        shader.Dispose();
    }

    /// <summary>A shape in the colours alone, with a soft border where <paramref name="blur"/> is not 0.</summary>
    public void Shade(SKPath shape, SKColor color, float blur = 0)
    {
        using var paint = new SKPaint { IsAntialias = true, Color = color };
        using var filter = Blur(blur);
        paint.MaskFilter = filter;
        colors.DrawPath(shape, paint);
    }

    /// <summary>A line in the colours alone.</summary>
    public void Stroke(SKPath line, SKColor color, float width, float blur = 0)
    {
        using var paint = new SKPaint
        {
            IsAntialias = true,
            Color = color,
            IsStroke = true,
            StrokeWidth = width,
            StrokeCap = SKStrokeCap.Round,
            StrokeJoin = SKStrokeJoin.Round,
        };
        using var filter = Blur(blur);
        paint.MaskFilter = filter;
        colors.DrawPath(line, paint);
    }

    /// <summary>An ellipse in the colours alone.</summary>
    public void Ellipse(float x, float y, float radiusX, float radiusY, SKColor color, float blur = 0)
    {
        using var shape = new SKPath();
        shape.AddOval(new SKRect(x - radiusX, y - radiusY, x + radiusX, y + radiusY));
        Shade(shape, color, blur);
    }

    /// <summary>The colours as they stand.</summary>
    public RgbImage ToImage() => SkiaImages.ToImage(colorPixels);

    /// <summary>The labels as they stand.</summary>
    public LabelMask ToMask()
    {
        var mask = new LabelMask(size, size);
        var source = labelPixels.GetPixelSpan();
        for (var i = 0; i < mask.Labels.Length; i++)
        {
            mask.Labels[i] = source[4 * i];
        }

        return mask;
    }

    public void Dispose()
    {
        colors.Dispose();
        labels.Dispose();
        colorPixels.Dispose();
        labelPixels.Dispose();
    }

    private static SKMaskFilter? Blur(float radius) => radius > 0 ? SKMaskFilter.CreateBlur(SKBlurStyle.Normal, radius) : null;

    private void Label(SKPath shape, byte label, SKPaint paint)
    {
        paint.IsAntialias = false;
        paint.BlendMode = SKBlendMode.Src;
        paint.Color = new SKColor(label, label, label);
        labels.DrawPath(shape, paint);
    }

    /// <summary>Undoes what was set when it was made.</summary>
    internal readonly struct Scope : IDisposable
    {
        private readonly FaceCanvas canvas;
        private readonly int colorDepth;
        private readonly int labelDepth;

        public Scope(FaceCanvas canvas)
        {
            this.canvas = canvas;
            colorDepth = canvas.colors.Save();
            labelDepth = canvas.labels.Save();
        }

        public void Dispose()
        {
            canvas.colors.RestoreToCount(colorDepth);
            canvas.labels.RestoreToCount(labelDepth);
        }
    }
}
