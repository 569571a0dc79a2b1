using KernelDiff.Kernels.Convolution;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Tests.Winograd;

/// <summary>The ways in which the CPU cuts a Winograd convolution.</summary>
[TestFixture(SimdWidth.Vector128)]
[TestFixture(SimdWidth.Vector256)]
[TestFixture(SimdWidth.Vector512)]
public sealed class WinogradCutTests(SimdWidth width)
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

    private CpuDevice device = null!;

    [OneTimeSetUp]
    public void OpenDevice()
    {
        if (!SimdSupport.IsSupported(width))
        {
            Assert.Ignore($"This processor has no {width}.");
        }

        device = new CpuDevice(new DeviceOptions { SimdWidth = width, Threads = 2 });
    }

    [OneTimeTearDown]
    public void CloseDevice() => device?.Dispose();

    [Test]
    public void A_layer_has_the_same_bits_however_it_is_cut([Values] bool isGradient, [Values(2, 4)] int tile)
    {
        var blocks = Run(Large, isGradient, tile, Cut.Blocks);
        Assert.Multiple(() =>
        {
            Assert.That(blocks.Any(float.IsNaN), Is.False, "outputs that nobody wrote");
            Assert.That(Run(Large, isGradient, tile, Cut.Chunks).AsSpan().SequenceEqual(blocks), Is.True, "chunks");
            Assert.That(Run(Large, isGradient, tile, Cut.Stages).AsSpan().SequenceEqual(blocks), Is.True, "stages");
        });
    }

    /// <summary>As many as fit, fewer, ragged ones, and those of several images.</summary>
    [TestCase(1, 8, 8)]
    [TestCase(1, 3, 11)]
    [TestCase(2, 4, 7)]
    public void A_layer_of_few_tiles_has_the_same_bits_with_weights_that_stay_in_registers(int batch, int height, int width)
    {
        var shape = Large with { Batch = batch, Height = height, Width = width, OutputChannels = 80 };
        Assert.That(Run(shape, isGradient: false, 4, Cut.FewTiles).AsSpan().SequenceEqual(Run(shape, isGradient: false, 4, Cut.Blocks)), Is.True);
    }

    private enum Cut
    {
        Blocks,
        Chunks,
        Stages,
        FewTiles,
    }

    private float[] Run(ConvolutionShape shape, bool isGradient, int tile, Cut cut) => (width, tile) switch
    {
        (SimdWidth.Vector512, 4) => Run<Winograd4, Float512>(shape, isGradient, cut),
        (SimdWidth.Vector512, _) => Run<Winograd2, Float512>(shape, isGradient, cut),
        (SimdWidth.Vector256, 4) => Run<Winograd4, Float256>(shape, isGradient, cut),
        (SimdWidth.Vector256, _) => Run<Winograd2, Float256>(shape, isGradient, cut),
        (_, 4) => Run<Winograd4, Float128>(shape, isGradient, cut),
        _ => Run<Winograd2, Float128>(shape, isGradient, cut),
    };

    private float[] Run<TWinograd, T>(ConvolutionShape shape, bool isGradient, Cut cut)
        where TWinograd : IWinograd
        where T : unmanaged, ISimd<T>
    {
        var random = new Random(11);
        var source = Upload(isGradient ? shape.OutputLength : shape.InputLength);
        var weights = Upload(shape.WeightsLength);
        var target = Upload(isGradient ? shape.InputLength : shape.OutputLength);
        if (!isGradient)
        {
            target.CopyFrom(Enumerable.Repeat(float.NaN, target.Length).ToArray());
        }

        var bias = Upload(shape.OutputChannels);
        Launch();
        return target.ToArray();

        DeviceSpan<float> Upload(int length) =>
            device.Upload<float>([.. Enumerable.Range(0, length).Select(_ => random.NextSingle() - 0.5f)]);

        unsafe void Launch()
        {
            var geometry = isGradient ? WinogradGeometry.InputGradient(shape) : WinogradGeometry.Forward(shape);
            var operands = new IndirectConvolution.Operands
            {
                Source = source.Pointer(),
                Weights = weights.Pointer(),
                Target = target.Pointer(),
                Bias = isGradient ? null : bias.Pointer(),
                Activation = isGradient ? Activation.None : Activation.Silu,
                Accumulate = isGradient,
            };
            switch (cut)
            {
                case Cut.Blocks:
                    WinogradConvolution.RunBlocks<TWinograd, T>(device, geometry, operands);
                    break;
                case Cut.Chunks:
                    WinogradConvolution.RunChunks<TWinograd, T>(device.Workers, geometry, operands);
                    break;
                case Cut.FewTiles:
                    WinogradConvolution.RunFewTiles<T>(device, geometry, operands);
                    break;
                default:
                    WinogradConvolution.RunStages<TWinograd, T>(device, geometry, operands);
                    break;
            }
        }
    }
}
