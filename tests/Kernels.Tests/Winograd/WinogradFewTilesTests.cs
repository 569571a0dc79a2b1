using KernelDiff.Kernels.Convolution;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Tests.Winograd;

/// <summary>Layers of so few tiles that transformed weights stay in registers, of which only AVX-512 has enough.</summary>
public sealed class WinogradFewTilesTests() : WinogradWidthTests(SimdWidth.Vector512)
{
    [TestCase(1, 8, 8, 80, TestName = "One_group_of_tiles_has_the_bits_of_other_ways_of_cutting")]
    [TestCase(2, 8, 8, 80, TestName = "Two_groups_of_tiles_have_the_bits_of_other_ways_of_cutting")]
    [TestCase(1, 3, 11, 80, TestName = "Ragged_tiles_have_the_bits_of_other_ways_of_cutting")]
    [TestCase(3, 4, 7, 80, TestName = "A_part_of_a_group_has_the_bits_of_other_ways_of_cutting")]
    [TestCase(1, 8, 8, 16, TestName = "One_vector_of_channels_has_the_bits_of_other_ways_of_cutting")]
    public void A_layer_has_the_bits_of_other_ways_of_cutting(int batch, int height, int width, int channels)
    {
        var shape = new ConvolutionShape
        {
            Batch = batch,
            Height = height,
            Width = width,
            InputChannels = 357,
            OutputChannels = channels,
            KernelHeight = 3,
            KernelWidth = 3,
            Padding = ConvolutionPadding.All(1),
        };
        var outputs = WinogradCuts.Run(Device, tile: 4, shape, isGradient: false, WinogradCut.FewTiles);
        var expected = WinogradCuts.Run(Device, tile: 4, shape, isGradient: false, WinogradCut.Blocks);
        Assert.That(outputs.AsSpan().SequenceEqual(expected), Is.True);
    }
}
