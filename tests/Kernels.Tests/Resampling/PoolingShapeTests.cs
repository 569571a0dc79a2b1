using KernelDiff.Kernels.Resampling;

namespace KernelDiff.Kernels.Tests.Resampling;

[TestFixture]
public sealed class PoolingShapeTests
{
    private static readonly PoolingShape Valid = new()
    {
        Batch = 1,
        InputHeight = 7,
        InputWidth = 8,
        Channels = 3,
        KernelHeight = 3,
        KernelWidth = 2,
        StrideHeight = 2,
        StrideWidth = 2,
    };

    public static IEnumerable<TestCaseData> Invalid()
    {
        yield return new TestCaseData(Valid with { Batch = 0 }, "'batch' is 0");
        yield return new TestCaseData(Valid with { InputHeight = 0 }, "'input height' is 0");
        yield return new TestCaseData(Valid with { KernelWidth = -1 }, "'kernel width' is -1");
        yield return new TestCaseData(Valid with { StrideWidth = 0 }, "'stride width' is 0");
        yield return new TestCaseData(Valid with { PaddingHeight = 3 }, "padding of the height is 3; it must be from 0 to 2");
        yield return new TestCaseData(Valid with { PaddingWidth = -1 }, "padding of the width is -1");
        yield return new TestCaseData(Valid with { KernelHeight = 8 }, "height 8 does not fit into 7 + 2 x 0");
    }

    /// <summary>Input, kernel, stride, padding; what PyTorch computes without and with ceil_mode.</summary>
    [TestCase(7, 3, 2, 0, 3, 3)]
    [TestCase(8, 3, 2, 0, 3, 4)]
    [TestCase(8, 3, 2, 1, 4, 5)]
    [TestCase(5, 2, 3, 0, 2, 2)]
    [TestCase(6, 2, 3, 0, 2, 2)]
    [TestCase(7, 2, 3, 0, 2, 3)]
    [TestCase(4, 2, 3, 1, 2, 2)]
    [TestCase(1, 1, 4, 0, 1, 1)]
    [TestCase(2, 1, 4, 0, 1, 1)]
    [TestCase(3, 2, 2, 1, 2, 2)]
    public void The_last_window_counts_in_ceiling_mode_unless_it_begins_in_the_padding_behind(
        int input, int kernel, int stride, int padding, int floor, int ceiling)
    {
        var shape = Valid with
        {
            InputHeight = input,
            KernelHeight = kernel,
            StrideHeight = stride,
            PaddingHeight = padding,
        };
        Assert.That(() => shape.Validate(), Throws.Nothing);
        Assert.That(shape.OutputHeight, Is.EqualTo(floor));
        Assert.That((shape with { CeilingMode = true }).OutputHeight, Is.EqualTo(ceiling));
    }

    [TestCaseSource(nameof(Invalid))]
    public void An_invalid_shape_is_refused_by_what_is_wrong_and_can_be_printed(PoolingShape shape, string message)
    {
        Assert.That(() => shape.Validate(), Throws.ArgumentException.With.Message.Contains(message));
        Assert.That(shape.ToString(), Does.StartWith($"{shape.Batch}x{shape.InputHeight}x8x3 kernel"));
    }
}
