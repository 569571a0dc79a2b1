using KernelDiff.Engine.Imaging;

namespace KernelDiff.Engine.Tests.Imaging;

[TestFixture]
internal sealed class ResizingTests
{
    [Test]
    public void Shrinking_by_a_whole_number_takes_means()
    {
        var image = Grey(4, 2, 0, 10, 100, 120, 20, 30, 140, 160);

        var small = Resizing.Resize(image, 2, 1);

        Assert.That(small.Pixels, Is.EqualTo([15, 15, 15, 130, 130, 130]));
    }

    [Test]
    public void Shrinking_by_a_fraction_weighs_pixels_by_their_area()
    {
        // Each of two pixels covers one and a half of three.
        var small = Resizing.Resize(Grey(3, 1, 30, 60, 120), 2, 1);

        Assert.That(small.Pixels, Is.EqualTo([40, 40, 40, 100, 100, 100]));
    }

    [Test]
    public void Growing_interpolates_between_pixel_centres()
    {
        var large = Resizing.Resize(Grey(2, 1, 0, 100), 4, 1);

        Assert.That(large.Pixels.Where((_, i) => i % 3 == 0), Is.EqualTo([0, 25, 75, 100]));
    }

    [TestCase(7, 5)]
    [TestCase(64, 64)]
    [TestCase(1, 1)]
    public void A_plain_colour_stays_what_it_is(int width, int height)
    {
        var image = new RgbImage(13, 11, [.. Enumerable.Repeat<byte>(77, 3 * 13 * 11)]);

        Assert.That(Resizing.Resize(image, width, height).Pixels, Is.All.EqualTo(77));
    }

    [Test]
    public void The_same_size_changes_nothing()
    {
        var image = new RgbImage(5, 4, [.. Enumerable.Range(0, 60).Select(i => (byte)(i * 29))]);
        var mask = new LabelMask(5, 4, [.. Enumerable.Range(0, 20).Select(i => (byte)(i * 7 % 19))]);

        Assert.That(Resizing.Resize(image, 5, 4).Pixels, Is.EqualTo(image.Pixels));
        Assert.That(Resizing.Resize(mask, 5, 4).Labels, Is.EqualTo(mask.Labels));
    }

    [Test]
    public void Squares_are_cut_from_the_middle()
    {
        Assert.That(Resizing.ToSquare(Grey(4, 2, 1, 2, 3, 4, 5, 6, 7, 8), 2).Pixels.Where((_, i) => i % 3 == 0), Is.EqualTo([2, 3, 6, 7]));
        Assert.That(Resizing.ToSquare(new LabelMask(2, 4, [1, 2, 3, 4, 5, 6, 7, 8]), 2).Labels, Is.EqualTo([3, 4, 5, 6]));
    }

    [Test]
    public void Masks_shrink_to_the_class_that_covers_most()
    {
        var mask = new LabelMask(4, 2, [1, 2, 5, 5, 2, 2, 5, 0]);

        Assert.That(Resizing.Resize(mask, 2, 1).Labels, Is.EqualTo([2, 5]));
    }

    [Test]
    public void Masks_shrunk_by_a_fraction_weigh_pixels_by_their_area()
    {
        // The pixel in the middle is shared: each half has 1 of its own class and 0.5 of 9.
        Assert.That(Resizing.Resize(new LabelMask(3, 1, [4, 9, 7]), 2, 1).Labels, Is.EqualTo([4, 7]));
    }

    [Test]
    public void Of_classes_that_cover_the_same_the_first_wins()
    {
        Assert.That(Resizing.Resize(new LabelMask(2, 1, [8, 3]), 1, 1).Labels, Is.EqualTo([3]));
    }

    [Test]
    public void Masks_grow_to_the_nearest_class()
    {
        Assert.That(Resizing.Resize(new LabelMask(2, 1, [8, 3]), 4, 1).Labels, Is.EqualTo([8, 8, 3, 3]));
    }

    private static RgbImage Grey(int width, int height, params byte[] values) =>
        new(width, height, [.. values.SelectMany(value => new[] { value, value, value })]);
}
