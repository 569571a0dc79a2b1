using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Tests.Files;

namespace KernelDiff.Engine.Tests.Imaging;

[TestFixture]
internal sealed class ImageFileTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void CreateFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [Test]
    public void Pixels_survive_saving_and_reading()
    {
        var image = new RgbImage(5, 3, [.. Enumerable.Range(0, 45).Select(i => (byte)(i * 17))]);

        ImageFile.SavePng(folder.PathOf("a.png"), image);

        var read = ImageFile.Read(folder.PathOf("a.png"));
        Assert.That((read.Width, read.Height), Is.EqualTo((5, 3)));
        Assert.That(read.Pixels, Is.EqualTo(image.Pixels));
        Assert.That(folder.FileNames, Is.EqualTo(["a.png"]));
    }

    [Test]
    public void Texts_survive_saving_and_reading_whatever_their_letters()
    {
        var text = new Dictionary<string, string> { ["seed"] = "42", ["prompt"] = "Smiling,-Male\n\u00e4\u20ac", ["empty"] = "", ["long"] = new string('x', 100_000) };

        ImageFile.SavePng(folder.PathOf("a.png"), new RgbImage(2, 2), text);

        Assert.That(PngText.Read(folder.PathOf("a.png")), Is.EquivalentTo(text));
        Assert.That(ImageFile.Read(folder.PathOf("a.png")).Width, Is.EqualTo(2));
    }

    [TestCase("")]
    [TestCase(" a")]
    [TestCase("\u00e4")]
    [TestCase("12345678901234567890123456789012345678901234567890123456789012345678901234567890")]
    public void Keywords_that_png_does_not_allow_are_refused(string keyword)
    {
        Assert.That(
            () => ImageFile.SavePng(folder.PathOf("a.png"), new RgbImage(2, 2), new Dictionary<string, string> { [keyword] = "a" }),
            Throws.ArgumentException);
        Assert.That(folder.FileNames, Is.Empty);
    }

    [Test]
    public void What_is_transparent_becomes_white()
    {
        var path = folder.Write("a.png", PngBytes.File(3, 1, 8, 6, [0, 10, 20, 30, 255, 10, 20, 30, 0, 0, 0, 0, 128]));

        Assert.That(ImageFile.Read(path).Pixels, Is.EqualTo([10, 20, 30, 255, 255, 255, 127, 127, 127]));
    }

    [Test]
    public void Grey_pictures_have_three_equal_channels()
    {
        var path = folder.Write("a.png", PngBytes.File(2, 1, 8, 0, [0, 7, 250]));

        Assert.That(ImageFile.Read(path).Pixels, Is.EqualTo([7, 7, 7, 250, 250, 250]));
    }

    [Test]
    public void Jpeg_keeps_the_colours_of_single_columns()
    {
        // Columns of red and green would both be brown if colours were stored at half the resolution.
        var image = new RgbImage(16, 16);
        for (var i = 0; i < 256; i++)
        {
            image.Pixels[(3 * i) + (i % 2)] = 200;
        }

        var read = ImageFile.Read(folder.Write("a.jpg", ImageFile.EncodeJpeg(image, 97)));

        Assert.That(read.Pixels.Zip(image.Pixels, (one, other) => Math.Abs(one - other)).Average(), Is.LessThan(6));
    }

    [Test]
    public void A_folder_that_does_not_exist_is_an_error_that_names_the_file()
    {
        var path = Path.Combine(folder.Path, "missing", "a.png");

        Assert.That(() => ImageFile.SavePng(path, new RgbImage(2, 2)), Throws.TypeOf<IOException>().With.Message.Contains(path));
    }
}
