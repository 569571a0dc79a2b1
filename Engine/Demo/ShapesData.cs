using KernelDiff.Kernels.RandomNumbers;

namespace KernelDiff.Engine.Demo;

/// <summary>
/// Pictures of discs, squares and triangles on a shaded background, drawn from a seed: data that a small network learns in a minute.
/// </summary>
public static class ShapesData
{
    /// <summary>Edge of a picture in pixels.</summary>
    public const int Size = 32;

    /// <summary>Colour channels.</summary>
    public const int Channels = 3;

    /// <summary>Elements of a picture.</summary>
    public const int Elements = Size * Size * Channels;

    /// <summary>Samples along an edge of a pixel: shapes have smooth borders.</summary>
    private const int Supersampling = 3;

    /// <summary>Draws the pictures [first, first + count): [count, size, size, 3] in [-1, 1].</summary>
    public static float[] Draw(ulong seed, long first, int count)
    {
        var pictures = new float[count * Elements];
        for (var i = 0; i < count; i++)
        {
            Draw(new Philox(seed, (uint)(first + i)), pictures.AsSpan(i * Elements, Elements));
        }

        return pictures;
    }

    private static void Draw(Philox random, Span<float> picture)
    {
        var top = Color.Random(random, 0.15f, 0.55f);
        var bottom = Color.Random(random, 0.15f, 0.55f);
        Span<Figure> figures = stackalloc Figure[3];
        for (var i = 0; i < figures.Length; i++)
        {
            figures[i] = Figure.Random(random);
        }

        for (var y = 0; y < Size; y++)
        {
            for (var x = 0; x < Size; x++)
            {
                var color = Color.Mix(top, bottom, y / (Size - 1f));
                foreach (var figure in figures)
                {
                    color = Color.Mix(color, figure.Fill, Coverage(figure, x, y));
                }

                var pixel = picture[(((y * Size) + x) * Channels)..];
                pixel[0] = (2 * color.Red) - 1;
                pixel[1] = (2 * color.Green) - 1;
                pixel[2] = (2 * color.Blue) - 1;
            }
        }
    }

    private static float Coverage(Figure figure, int x, int y)
    {
        var hits = 0;
        for (var i = 0; i < Supersampling * Supersampling; i++)
        {
            var (column, row) = (x + ((i % Supersampling) + 0.5f) / Supersampling, y + ((i / Supersampling) + 0.5f) / Supersampling);
            hits += figure.Contains(column / Size, row / Size) ? 1 : 0;
        }

        return hits / (float)(Supersampling * Supersampling);
    }

    private readonly record struct Color(float Red, float Green, float Blue)
    {
        public static Color Random(Philox random, float low, float high) => new(
            low + ((high - low) * random.NextSingle()),
            low + ((high - low) * random.NextSingle()),
            low + ((high - low) * random.NextSingle()));

        public static Color Mix(Color from, Color to, float part) => new(
            from.Red + ((to.Red - from.Red) * part),
            from.Green + ((to.Green - from.Green) * part),
            from.Blue + ((to.Blue - from.Blue) * part));
    }

    private readonly record struct Figure(int Kind, float X, float Y, float Radius, Color Fill)
    {
        public static Figure Random(Philox random) => new(
            random.Next(3),
            0.2f + (0.6f * random.NextSingle()),
            0.2f + (0.6f * random.NextSingle()),
            0.12f + (0.14f * random.NextSingle()),
            Color.Random(random, 0.25f, 1));

        public bool Contains(float x, float y)
        {
            var (dx, dy) = (x - X, y - Y);
            return Kind switch
            {
                0 => (dx * dx) + (dy * dy) < Radius * Radius,
                1 => Math.Abs(dx) < Radius * 0.85f && Math.Abs(dy) < Radius * 0.85f,
                _ => dy < Radius * 0.8f && dy > (2 * Math.Abs(dx)) - Radius,
            };
        }
    }
}
