using KernelDiff.Engine.Data;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Tests.Files;

namespace KernelDiff.Engine.Tests.Imaging;

[TestFixture]
internal sealed class LabelMaskFileTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void CreateFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [Test]
    public void Every_class_survives_saving_and_reading()
    {
        var mask = new LabelMask(19, 3, [.. Enumerable.Range(0, 57).Select(i => (byte)(i * 5 % 19))]);

        LabelMaskFile.Save(folder.PathOf("mask.png"), mask, new Dictionary<string, string> { ["labels"] = "official" });

        var read = LabelMaskFile.Read(folder.PathOf("mask.png"));
        Assert.That((read.Width, read.Height), Is.EqualTo((19, 3)));
        Assert.That(read.Labels, Is.EqualTo(mask.Labels));
        Assert.That(PngText.Read(folder.PathOf("mask.png"))["labels"], Is.EqualTo("official"));
    }

    [Test]
    public void A_saved_mask_shows_the_official_colours()
    {
        var mask = new LabelMask(19, 1, [.. Enumerable.Range(0, 19).Select(i => (byte)i)]);

        LabelMaskFile.Save(folder.PathOf("mask.png"), mask);

        var shown = ImageFile.Read(folder.PathOf("mask.png"));
        Assert.That(shown.Pixels, Is.EqualTo(MaskColors.Paint(mask).Pixels));
        Assert.That(shown.Pixels[(3 * 13)..(3 * 14)], Is.EqualTo([0, 0, 204]));
    }

    [Test]
    public void Saving_refuses_labels_that_are_no_class()
    {
        Assert.That(
            () => LabelMaskFile.Save(folder.PathOf("mask.png"), new LabelMask(1, 1, [19])), Throws.ArgumentException.With.Message.Contains("19"));
        Assert.That(folder.FileNames, Is.Empty);
    }

    [TestCase(1, new byte[] { 0, 0b1010_0000 }, new byte[] { 1, 0, 1 })]
    [TestCase(2, new byte[] { 0, 0b11_00_10_00 }, new byte[] { 3, 0, 2 })]
    [TestCase(4, new byte[] { 0, 0xF1, 0x20 }, new byte[] { 15, 1, 2 })]
    [TestCase(8, new byte[] { 0, 18, 0, 7 }, new byte[] { 18, 0, 7 })]
    public void Grey_values_of_every_depth_are_classes(int bitDepth, byte[] row, byte[] expected)
    {
        Assert.That(Read(PngBytes.File(3, 1, bitDepth, 0, row)), Is.EqualTo(expected));
    }

    // Each filter once, over rows 3 4 5; 4 6 8: the second row as differences to left, above, mean and Paeth's choice.
    [TestCase(0, new byte[] { 4, 6, 8 })]
    [TestCase(1, new byte[] { 4, 2, 2 })]
    [TestCase(2, new byte[] { 1, 2, 3 })]
    [TestCase(3, new byte[] { 3, 2, 3 })]
    [TestCase(4, new byte[] { 1, 2, 2 })]
    public void Rows_of_every_filter_are_restored(int filter, byte[] stored)
    {
        byte[] rows = [0, 3, 4, 5, (byte)filter, .. stored];

        Assert.That(Read(PngBytes.File(3, 2, 8, 0, rows)), Is.EqualTo([3, 4, 5, 4, 6, 8]));
    }

    [Test]
    public void Palette_indices_are_classes_when_the_palette_has_other_colours()
    {
        byte[] palette = [10, 20, 30, 40, 50, 60, 70, 80, 90];

        Assert.That(Read(PngBytes.File(3, 1, 8, 3, [0, 2, 0, 1], palette)), Is.EqualTo([2, 0, 1]));
    }

    [Test]
    public void Palette_colours_are_classes_when_a_program_has_sorted_the_official_palette()
    {
        // Hair, background, skin.
        byte[] palette = [0, 0, 204, 0, 0, 0, 204, 0, 0];

        Assert.That(Read(PngBytes.File(3, 1, 8, 3, [0, 0, 1, 2], palette)), Is.EqualTo([FaceClasses.Hair, FaceClasses.Background, FaceClasses.Skin]));
    }

    [Test]
    public void Equal_colour_values_up_to_18_are_classes()
    {
        Assert.That(Read(PngBytes.File(2, 1, 8, 2, [0, 18, 18, 18, 3, 3, 3])), Is.EqualTo([18, 3]));
    }

    [Test]
    public void Official_colours_are_classes_with_and_without_alpha()
    {
        Assert.That(Read(PngBytes.File(2, 1, 8, 2, [0, 255, 51, 153, 0, 0, 0])), Is.EqualTo([FaceClasses.Hat, FaceClasses.Background]));
        Assert.That(Read(PngBytes.File(2, 1, 8, 6, [0, 51, 255, 255, 255, 0, 0, 0, 0])), Is.EqualTo([FaceClasses.RightBrow, FaceClasses.Background]));
    }

    [Test]
    public void Other_colours_are_refused_with_their_place_and_the_legend()
    {
        Assert.That(
            () => Read(PngBytes.File(2, 2, 8, 2, [0, 0, 0, 0, 0, 0, 0, 0, 204, 0, 0, 1, 2, 3])),
            Throws.TypeOf<DataFileException>().With.Message.Contains("column 1, row 1")
                .And.Message.Contains("1,2,3").And.Message.Contains("hair 0,0,204"));
    }

    [Test]
    public void Grey_values_above_18_are_refused()
    {
        Assert.That(
            () => Read(PngBytes.File(2, 1, 8, 0, [0, 1, 19])), Throws.TypeOf<DataFileException>().With.Message.Contains("column 1, row 0").And.Message.Contains("19"));
    }

    [TestCase(0, new byte[] { 0, 0, 1, 255 }, null)]
    [TestCase(2, new byte[] { 0, 0, 0, 0, 0, 0, 7, 255, 255, 255 }, null)]
    [TestCase(4, new byte[] { 0, 0, 255, 9, 255, 9, 0 }, null)]
    [TestCase(3, new byte[] { 0, 0, 1, 2 }, new byte[] { 0, 0, 0, 0, 9, 0, 255, 255, 255 })]
    public void Whatever_is_not_black_belongs_to_a_part(int color, byte[] rows, byte[]? palette)
    {
        var mask = LabelMaskFile.ReadPart(folder.Write("part.png", PngBytes.File(3, 1, 8, color, rows, palette)));

        Assert.That(mask.Labels, Is.EqualTo([0, 1, 1]));
    }

    [Test]
    public void Official_masks_are_read()
    {
        var mask = LabelMaskFile.Read(SharedData.Require("data", "celebamask-hq-demo", "0.png"));

        Assert.That((mask.Width, mask.Height), Is.EqualTo((512, 512)));
        Assert.That(mask.Labels, Does.Contain(FaceClasses.LeftEye).And.Contain(FaceClasses.Hair));

        // The person's left eye lies on the right-hand side of the picture.
        Assert.That(MeanColumn(mask, FaceClasses.LeftEye), Is.GreaterThan(MeanColumn(mask, FaceClasses.RightEye)));
    }

    private static double MeanColumn(LabelMask mask, byte label) =>
        Enumerable.Range(0, mask.Labels.Length).Where(i => mask.Labels[i] == label).Average(i => i % mask.Width);

    private byte[] Read(byte[] file) => LabelMaskFile.Read(folder.Write("mask.png", file)).Labels;
}
