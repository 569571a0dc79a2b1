using System.Text;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Tests.Files;

namespace KernelDiff.Engine.Tests.Imaging;

/// <summary>Whatever the bytes: an image is read or refused by <see cref="DataFileException"/>, which names the file.</summary>
[TestFixture]
internal sealed class HostileImageTests
{
    private const int Mutations = 400;

    private TemporaryFolder folder = null!;

    [SetUp]
    public void CreateFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [Test]
    public void Files_that_are_missing_empty_folders_or_of_another_format_are_refused()
    {
        Directory.CreateDirectory(folder.PathOf("folder.png"));
        string[] paths =
        [
            folder.PathOf("missing.png"), folder.PathOf("folder.png"), folder.Write("empty.png", []), folder.Write("text.png", [.. "text"u8]),
            folder.Write("start.png", [0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n']), folder.Write("start.jpg", [0xFF, 0xD8, 0xFF]),
        ];

        foreach (var path in paths)
        {
            Assert.That(Refusal(() => ImageFile.Read(path), path), Is.True, path);
            Assert.That(Refusal(() => LabelMaskFile.Read(path), path), Is.True, path);
        }
    }

    [TestCase(65535, 65535)]
    [TestCase(16384, 16384)]
    [TestCase(-1, 4)]
    [TestCase(0, 4)]
    public void Dimensions_beyond_the_limits_are_refused_before_anything_is_allocated(int width, int height)
    {
        var path = folder.Write("large.png", PngBytes.File(width, height, 8, 0, new byte[64]));
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.That(() => LabelMaskFile.Read(path), Throws.TypeOf<DataFileException>().With.Message.Contains("pixels"));
        Assert.That(() => ImageFile.Read(path), Throws.TypeOf<DataFileException>().With.Message.Contains("pixels"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1_000_000));
    }

    [Test]
    public void Large_images_with_too_little_data_are_refused_before_anything_is_allocated()
    {
        var path = folder.Write("large.png", PngBytes.File(5000, 5000, 8, 0, new byte[64]));
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.That(() => LabelMaskFile.Read(path), Throws.TypeOf<DataFileException>().With.Message.Contains("fewer pixels"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1_000_000));
    }

    [Test]
    public void Wrong_checksums_are_refused()
    {
        var png = PngBytes.File(3, 1, 8, 0, [0, 1, 2, 3]);
        png[^20] ^= 1;
        var path = folder.Write("damaged.png", png);

        Assert.That(() => LabelMaskFile.Read(path), Throws.TypeOf<DataFileException>().With.Message.Contains("checksum"));
        Assert.That(() => ImageFile.Read(path), Throws.TypeOf<DataFileException>().With.Message.Contains("checksum"));
    }

    [Test]
    public void Interlaced_and_16_bit_masks_are_refused_with_what_to_do()
    {
        Assert.That(
            () => LabelMaskFile.Read(folder.Write("interlaced.png", PngBytes.File(1, 1, 8, 0, [0, 1], interlace: 1))),
            Throws.TypeOf<DataFileException>().With.Message.Contains("without interlacing"));
        Assert.That(
            () => LabelMaskFile.Read(folder.Write("deep.png", PngBytes.File(1, 1, 16, 0, [0, 0, 1]))),
            Throws.TypeOf<DataFileException>().With.Message.Contains("with 8 bits"));
    }

    [Test]
    public void Text_that_unpacks_to_more_than_it_may_is_refused()
    {
        byte[] bomb = [.. "a"u8, 0, 0, .. PngBytes.Deflate(new byte[1 << 25])];
        var png = PngBytes.File(1, 1, 8, 0, [0, 1]);
        var path = folder.Write("bomb.png", [.. png[..33], .. PngBytes.Chunk("zTXt", bomb), .. png[33..]]);

        Assert.That(() => PngText.Read(path), Throws.TypeOf<DataFileException>().With.Message.Contains("zTXt"));
        Assert.That(LabelMaskFile.Read(path).Labels, Is.EqualTo([1]));
    }

    [Test]
    public void Truncated_images_are_refused_at_every_length()
    {
        foreach (var (name, bytes) in new[] { ("a.png", Png()), ("a.jpg", ImageFile.EncodeJpeg(Picture())) })
        {
            // The last bytes of a JPEG are padding and its end mark, without which all pixels are there.
            for (var length = 1; length < bytes.Length - 16; length += 7)
            {
                var path = folder.Write(name, bytes[..length]);
                Assert.That(Refusal(() => ImageFile.Read(path), path), Is.True, $"{name}, {length} of {bytes.Length} bytes");
            }
        }
    }

    [Test]
    public void Damaged_images_are_read_or_refused()
    {
        var (png, jpeg) = (Png(), ImageFile.EncodeJpeg(Picture()));
        for (var seed = 0; seed < Mutations; seed++)
        {
            var one = folder.Write("one", Mutation.Apply(seed, png, jpeg));
            var two = folder.Write("two", Mutation.Apply(seed, jpeg, png));
            Refusal(() => ImageFile.Read(one), one);
            Refusal(() => LabelMaskFile.Read(one), one);
            Refusal(() => LabelMaskFile.ReadPart(one), one);
            Refusal(() => PngText.Read(one), one);
            Refusal(() => ImageFile.Read(two), two);
        }
    }

    [Test]
    public void Damage_behind_right_checksums_is_read_or_refused()
    {
        var header = PngBytes.Header(9, 7, 8, 3);
        byte[] palette = [0, 0, 0, 204, 0, 0, 76, 153, 0];
        var rows = new byte[10 * 7];
        for (var seed = 0; seed < Mutations; seed++)
        {
            var path = folder.Write("mask.png", PngBytes.File(
                seed % 3 == 0 ? Mutation.Apply(seed, header, palette) : header,
                seed % 3 == 1 ? Mutation.Apply(seed, palette, header) : palette,
                seed % 3 == 2 ? Mutation.Apply(seed, PngBytes.Deflate(rows), header) : PngBytes.Deflate(rows)));
            Refusal(() => LabelMaskFile.Read(path), path);
            Refusal(() => LabelMaskFile.ReadPart(path), path);
            Refusal(() => ImageFile.Read(path), path);
        }
    }

    /// <summary>Whether a file is refused; anything but the documented exception fails the test.</summary>
    private static bool Refusal(Action read, string path)
    {
        try
        {
            read();
            return false;
        }
        catch (DataFileException exception)
        {
            Assert.That(exception.Message, Does.StartWith(path).And.EndsWith("."));
            return true;
        }
    }

    private static byte[] Png() => LabelMaskFile.Encode(
        new LabelMask(16, 16, [.. Enumerable.Range(0, 256).Select(i => (byte)(i % 19))]),
        new Dictionary<string, string> { ["one"] = "text", ["two"] = Encoding.UTF8.GetString("\u00fcber"u8) });

    private static RgbImage Picture() => new(16, 16, [.. Enumerable.Range(0, 768).Select(i => (byte)(i * 37))]);
}
