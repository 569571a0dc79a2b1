using KernelDiff.Kernels.Convolution;

namespace KernelDiff.Kernels.Tests.Convolution;

[TestFixture]
public sealed class ConvolutionShapeTests
{
    private static readonly ConvolutionShape Valid = new()
    {
        Batch = 2,
        Height = 9,
        Width = 6,
        InputChannels = 3,
        OutputChannels = 5,
        KernelHeight = 3,
        KernelWidth = 2,
    };

    private static readonly TransposedConvolutionShape Transposed = new()
    {
        Batch = 2,
        Height = 9,
        Width = 6,
        InputChannels = 3,
        OutputChannels = 5,
    };

    public static IEnumerable<TestCaseData> Invalid()
    {
        yield return new TestCaseData(Valid with { Batch = 0 }, "'batch' is 0");
        yield return new TestCaseData(Valid with { OutputChannels = -1 }, "'outputChannels' is -1");
        yield return new TestCaseData(Valid with { KernelHeight = 12 }, "kernel's height of a convolution is 12; it must be from 1 to 11");
        yield return new TestCaseData(Valid with { KernelWidth = 0 }, "kernel's width of a convolution is 0");
        yield return new TestCaseData(Valid with { Stride = 5 }, "stride of a convolution is 5; it must be from 1 to 4");
        yield return new TestCaseData(Valid with { Padding = new ConvolutionPadding(0, -1, 0, 0) }, "has a negative side");
        yield return new TestCaseData(Valid with { KernelWidth = 7 }, "width of 7 does not fit into the padded input's width of 6");
        yield return new TestCaseData(Valid with { Height = 65536, Width = 65536 }, "");
    }

    [TestCase(1, 0, false, 7, 5)]
    [TestCase(2, 0, false, 4, 3)]
    [TestCase(2, 1, false, 5, 4)]
    [TestCase(1, 1, true, 18, 13)]
    [TestCase(3, 1, true, 6, 5)]
    public void The_output_has_a_pixel_for_each_window_that_fits(int stride, int padding, bool upsample, int height, int width)
    {
        var shape = Valid with { Stride = stride, Upsample = upsample, Padding = new ConvolutionPadding(padding, padding, padding, padding) };
        Assert.That(() => shape.Validate(), Throws.Nothing);
        Assert.That((shape.OutputHeight, shape.OutputWidth), Is.EqualTo((height, width)));
        Assert.That(shape.OutputLength, Is.EqualTo(2 * height * width * 5));
        Assert.That(shape.FloatingPointOperations, Is.EqualTo(2L * 2 * height * width * 3 * 2 * 3 * 5));
    }

    [TestCaseSource(nameof(Invalid))]
    public void An_invalid_shape_is_refused_by_what_is_wrong_and_can_be_printed(ConvolutionShape shape, string message)
    {
        Assert.That(() => shape.Validate(), Throws.ArgumentException.With.Message.Contains(message));
        Assert.That(shape.ToString(), Does.StartWith($"{shape.Batch}x{shape.Height}x{shape.Width}x3-{shape.OutputChannels}"));
    }

    [Test]
    public void Options_are_printed_where_they_are_used() => Assert.That(
        (Valid with { Stride = 2, Upsample = true }).ToString(), Is.EqualTo("2x9x6x3-5 3x2 stride 2 upsample"));

    [Test]
    public void A_transposed_convolution_doubles_the_image()
    {
        Assert.That(() => Transposed.Validate(), Throws.Nothing);
        Assert.That(Transposed.OutputLength, Is.EqualTo(2 * 18 * 12 * 5));
        Assert.That(Transposed.WeightsLength, Is.EqualTo(2 * 2 * 3 * 5));
        Assert.That(Transposed.ToString(), Is.EqualTo("2x9x6x3-5"));
    }

    [Test]
    public void An_invalid_transposed_convolution_is_refused_and_can_be_printed()
    {
        var shape = Transposed with { Width = -6 };
        Assert.That(() => shape.Validate(), Throws.ArgumentException.With.Message.Contains("'width' is -6"));
        Assert.That(shape.ToString(), Is.EqualTo("2x9x-6x3-5"));
    }

    [Test]
    public void A_transposed_convolution_with_too_large_an_output_is_refused() => Assert.That(
        () => (Transposed with { Height = 16384, Width = 16384 }).Validate(), Throws.ArgumentException);
}
