using KernelDiff.Kernels.Convolution;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Tests.Winograd;

/// <summary>The ways in which the CPU cuts a Winograd convolution.</summary>
[TestFixture(SimdWidth.Vector128)]
[TestFixture(SimdWidth.Vector256)]
[TestFixture(SimdWidth.Vector512)]
public sealed class WinogradCutTests(SimdWidth width) : WinogradWidthTests(width)
{
    /// <summary>Several bands of tiles and groups of panels.</summary>
    private static readonly ConvolutionShape Large = new()
    {
        Batch = 2,
        Height = 53,
        Width = 54,
        InputChannels = 357,
        OutputChannels = 349,
        KernelHeight = 3,
        KernelWidth = 3,
        Padding = ConvolutionPadding.All(1),
    };

    /// <summary>Channels that fill the widest tiles of products.</summary>
    private static readonly ConvolutionShape Wide = Large with { Height = 21, Width = 18, InputChannels = 64, OutputChannels = 128 };

    [Test]
    public void A_layer_has_the_same_bits_however_it_is_cut([Values] bool isWide, [Values] bool isGradient, [Values(2, 4)] int tile)
    {
        var layer = isWide ? Wide : Large;
        var blocks = Run(layer, isGradient, tile, WinogradCut.Blocks);
        Assert.Multiple(() =>
        {
            Assert.That(blocks.Any(float.IsNaN), Is.False, "outputs that nobody wrote");
            Assert.That(Run(layer, isGradient, tile, WinogradCut.Chunks).AsSpan().SequenceEqual(blocks), Is.True, "chunks");
            Assert.That(Run(layer, isGradient, tile, WinogradCut.Stages).AsSpan().SequenceEqual(blocks), Is.True, "stages");
        });
    }

    private float[] Run(ConvolutionShape shape, bool isGradient, int tile, WinogradCut cut) =>
        WinogradCuts.Run(Device, tile, shape, isGradient, cut);
}
