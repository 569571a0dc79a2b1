using KernelDiff.Kernels.Convolution;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Tests.Winograd;

/// <summary>Convolutions of an up-sampled image in the four phases of their outputs.</summary>
[TestFixture(SimdWidth.Vector128)]
[TestFixture(SimdWidth.Vector256)]
[TestFixture(SimdWidth.Vector512)]
public sealed class WinogradPhaseTests(SimdWidth width) : WinogradWidthTests(width)
{
    /// <summary>Ragged tiles, several bands of them, and channels that fill neither vectors nor panels.</summary>
    private static readonly ConvolutionShape Upsampled = new()
    {
        Batch = 2,
        Height = 21,
        Width = 26,
        InputChannels = 133,
        OutputChannels = 117,
        KernelHeight = 3,
        KernelWidth = 3,
        Padding = ConvolutionPadding.All(1),
        Upsample = true,
    };

    /// <summary>
    /// Sums of 1197 products of numbers up to 1/2: about 3 at most. Both ways round alike, the phases sums of taps as well; a wrong tap would
    /// be off by a tenth.
    /// </summary>
    [Test]
    public void Phases_give_the_outputs_of_the_up_sampled_image([Values(2, 4)] int tile)
    {
        var expected = Run(tile, WinogradCut.Stages, inPhases: false);
        var found = Run(tile, WinogradCut.Stages, inPhases: true);
        Assert.That(found.Zip(expected, (a, b) => Math.Abs(a - b)).Max(), Is.LessThan(1e-4));
    }

    [Test]
    public void Phases_have_the_same_bits_however_they_are_cut([Values(2, 4)] int tile)
    {
        var blocks = Run(tile, WinogradCut.Blocks, inPhases: true);
        Assert.Multiple(() =>
        {
            Assert.That(blocks.Any(float.IsNaN), Is.False, "outputs that nobody wrote");
            Assert.That(Run(tile, WinogradCut.Chunks, inPhases: true).AsSpan().SequenceEqual(blocks), Is.True, "chunks");
            Assert.That(Run(tile, WinogradCut.Stages, inPhases: true).AsSpan().SequenceEqual(blocks), Is.True, "stages");
        });
    }

    [Test]
    public void Phases_are_taken_where_an_image_has_many_tiles_and_the_padding_is_one()
    {
        var shape = Upsampled with { Height = 16, Width = 16 };
        Assert.Multiple(() =>
        {
            Assert.That(WinogradPhase.Pays(shape, 4), Is.True);
            Assert.That(WinogradPhase.Pays(shape with { Height = 12 }, 4), Is.False);
            Assert.That(WinogradPhase.Pays(shape with { Batch = 64, Height = 8, Width = 8 }, 4), Is.False);
            Assert.That(WinogradPhase.Pays(shape with { Upsample = false }, 4), Is.False);
            Assert.That(WinogradPhase.Pays(shape with { Padding = new ConvolutionPadding(1, 0, 1, 1) }, 4), Is.False);
        });
    }

    private float[] Run(int tile, WinogradCut cut, bool inPhases) =>
        WinogradCuts.Run(Device, tile, Upsampled, isGradient: false, cut, inPhases);
}
