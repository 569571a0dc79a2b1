using SkiaSharp;

namespace KernelDiff.Engine.Data.Synthesis;

/// <summary>
/// A path on the head, in its frame: x to the right-hand side of the picture, y downwards, the origin between the eyes. The points lie on
/// a rounded surface that turns and nods, so that features move more than the outline does.
/// </summary>
internal sealed class FaceShape(FacePose pose, float depth = 0) : IDisposable
{
    public SKPath Path { get; } = new();

    public static implicit operator SKPath(FaceShape shape) => shape.Path;

    public FaceShape Move(float x, float y)
    {
        Path.MoveTo(At(x, y));
        return this;
    }

    public FaceShape Line(float x, float y)
    {
        Path.LineTo(At(x, y));
        return this;
    }

    public FaceShape Quad(float controlX, float controlY, float x, float y)
    {
        Path.QuadTo(At(controlX, controlY), At(x, y));
        return this;
    }

    public FaceShape Cubic(float control1X, float control1Y, float control2X, float control2Y, float x, float y)
    {
        Path.CubicTo(At(control1X, control1Y), At(control2X, control2Y), At(x, y));
        return this;
    }

    /// <summary>A smooth curve through points, by Catmull and Rom's tangents.</summary>
    public FaceShape Through(params ReadOnlySpan<(float X, float Y)> points)
    {
        for (var i = 0; i + 1 < points.Length; i++)
        {
            var (from, to) = (points[i], points[i + 1]);
            var before = points[Math.Max(0, i - 1)];
            var after = points[Math.Min(points.Length - 1, i + 2)];
            Cubic(
                from.X + ((to.X - before.X) / 6),
                from.Y + ((to.Y - before.Y) / 6),
                to.X - ((after.X - from.X) / 6),
                to.Y - ((after.Y - from.Y) / 6),
                to.X,
                to.Y);
        }

        return this;
    }

    public FaceShape Close()
    {
        Path.Close();
        return this;
    }

    public FaceShape Ellipse(float x, float y, float radiusX, float radiusY)
    {
        // 0.5523 makes four cubics a circle to within 0.03 %.
        var (cx, cy) = (radiusX * 0.5523f, radiusY * 0.5523f);
        return Move(x + radiusX, y)
            .Cubic(x + radiusX, y + cy, x + cx, y + radiusY, x, y + radiusY)
            .Cubic(x - cx, y + radiusY, x - radiusX, y + cy, x - radiusX, y)
            .Cubic(x - radiusX, y - cy, x - cx, y - radiusY, x, y - radiusY)
            .Cubic(x + cx, y - radiusY, x + radiusX, y - cy, x + radiusX, y)
            .Close();
    }

    public void Dispose() => Path.Dispose();

    private SKPoint At(float x, float y) => pose.Project(x, y, depth);
}
