using KernelDiff.Kernels.Shape;

namespace KernelDiff.Kernels.Tests.Shape;

/// <summary>Which copies of ILGPU devices go row by row.</summary>
public sealed class StridedCopyChoiceTests
{
    [TestCase(new[] { 9, 32 }, "rows", TestName = "A concatenation along channels is copied in rows")]
    [TestCase(new[] { 2, 9, 40 }, "rows", TestName = "Blocks of long rows are copied in rows")]
    [TestCase(new[] { 9, 31 }, "elementwise", TestName = "Rows shorter than a warp are not copied in rows")]
    [TestCase(new[] { 2, 2, 9, 40 }, "elementwise", TestName = "More than three dimensions are not copied in rows")]
    [TestCase(new[] { 65536, 1, 32 }, "rows", TestName = "Rows of one block may be many")]
    [TestCase(new[] { 65536, 2, 32 }, "elementwise", TestName = "More blocks than a grid has layers are not copied in rows")]
    public void The_variant_follows_from_the_index_space(int[] sizes, string expected)
    {
        using var device = DeviceCatalog.Open("sim", new DeviceOptions());

        // Gaps after every dimension keep neighbours from being merged.
        var strides = new int[sizes.Length];
        var stride = 1;
        for (var i = sizes.Length - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride = (sizes[i] * stride) + 1;
        }

        var variant = ShapeOperations.StridedCopy.Choose(device, new StridedCopyArguments
        {
            Input = default,
            Output = default,
            Index = new StridedIndex(sizes, strides, strides),
        });
        Assert.That(variant.Name, Is.EqualTo(expected));
    }
}
