using KernelDiff.Engine.Imaging;

namespace KernelDiff.Engine.Tests.Imaging;

[TestFixture]
internal sealed class ImageGridTests
{
    private const int Cell = 64;

    private static readonly RgbImage Red = Plain(32, 32, 255, 0, 0);
    private static readonly RgbImage Blue = Plain(64, 64, 0, 0, 255);

    [Test]
    public void Title_labels_and_captions_are_dark_pixels_on_white()
    {
        var bare = Dark(Grid(null, null, null, null));

        Assert.That(bare, Is.Zero);
        Assert.That(Dark(Grid("A title", null, null, null)), Is.GreaterThan(20));
        Assert.That(Dark(Grid(null, "Column", null, null)), Is.GreaterThan(20));
        Assert.That(Dark(Grid(null, null, "Row", null)), Is.GreaterThan(20));
        Assert.That(Dark(Grid(null, null, null, "Caption")), Is.GreaterThan(20));
    }

    [Test]
    public void Different_texts_look_different()
    {
        Assert.That(Grid("Smiling", null, null, null).Pixels, Is.Not.EqualTo(Grid("Bangs", null, null, null).Pixels));
    }

    [Test]
    public void Pictures_fill_their_cells_and_empty_cells_stay_white()
    {
        var grid = new ImageGrid(Cell);
        grid.AddRow(null, [Red, null]);
        grid.AddRow(null, [null, Blue]);

        var image = grid.Render();

        Assert.That(image.Pixels.Chunk(3).Count(pixel => pixel is [255, 0, 0]), Is.EqualTo(Cell * Cell));
        Assert.That(image.Pixels.Chunk(3).Count(pixel => pixel is [0, 0, 255]), Is.EqualTo(Cell * Cell));
        Assert.That(Bounds(image, [255, 0, 0]).Right, Is.LessThan(Bounds(image, [0, 0, 255]).Left));
        Assert.That(Bounds(image, [255, 0, 0]).Bottom, Is.LessThan(Bounds(image, [0, 0, 255]).Top));
    }

    [Test]
    public void Pictures_that_are_not_square_keep_their_shape()
    {
        var grid = new ImageGrid(Cell);
        grid.AddRow(null, [Plain(100, 50, 0, 255, 0)]);

        Assert.That(grid.Render().Pixels.Chunk(3).Count(pixel => pixel is [0, 255, 0]), Is.EqualTo(Cell * Cell / 2));
    }

    [Test]
    public void Long_labels_are_broken_and_never_reach_the_pictures()
    {
        var grid = new ImageGrid(Cell) { ColumnLabels = ["Mouth_Slightly_Open, Wearing_Necklace and not Wearing_Lipstick", "short"] };
        grid.AddRow("a rather long label for a row that is broken into lines as well", [Red, Red], ["0123456789012345678901234567890123456789", "b"]);

        var image = grid.Render();

        Assert.That(image.Pixels.Chunk(3).Count(pixel => pixel is [255, 0, 0]), Is.EqualTo(2 * Cell * Cell));
        Assert.That(image.Width, Is.LessThan(6 * Cell));
    }

    [Test]
    public void A_grid_without_pictures_is_refused()
    {
        Assert.That(() => new ImageGrid(Cell).Render(), Throws.InvalidOperationException);
    }

    private static RgbImage Grid(string? title, string? column, string? row, string? caption)
    {
        var grid = new ImageGrid(Cell) { Title = title, ColumnLabels = column is null ? [] : [column] };
        grid.AddRow(row, [Red], caption is null ? null : [caption]);
        return grid.Render();
    }

    private static int Dark(RgbImage image) => image.Pixels.Chunk(3).Count(pixel => pixel[0] < 100 && pixel[1] < 100 && pixel[2] < 100);

    private static (int Left, int Top, int Right, int Bottom) Bounds(RgbImage image, byte[] color)
    {
        int[] found = [.. Enumerable.Range(0, image.Width * image.Height).Where(i => image.Pixels.AsSpan(3 * i, 3).SequenceEqual(color))];
        return (found.Min(i => i % image.Width), found.Min(i => i / image.Width), found.Max(i => i % image.Width), found.Max(i => i / image.Width));
    }

    private static RgbImage Plain(int width, int height, byte red, byte green, byte blue) =>
        new(width, height, [.. Enumerable.Range(0, 3 * width * height).Select(i => (i % 3) switch { 0 => red, 1 => green, _ => blue })]);
}
