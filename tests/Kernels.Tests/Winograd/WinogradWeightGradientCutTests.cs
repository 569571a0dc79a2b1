using KernelDiff.Kernels.Convolution;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Tests.Winograd;

/// <summary>The ways in which the CPU cuts the weight gradient by a Winograd algorithm.</summary>
[TestFixture(SimdWidth.Vector128)]
[TestFixture(SimdWidth.Vector256)]
[TestFixture(SimdWidth.Vector512)]
public sealed class WinogradWeightGradientCutTests(SimdWidth width)
{
    /// <summary>Channels that fill neither vectors nor strips, and more tiles than a block has.</summary>
    private static readonly ConvolutionShape Odd = new()
    {
        Batch = 3,
        Height = 29,
        Width = 34,
        InputChannels = 61,
        OutputChannels = 53,
        KernelHeight = 3,
        KernelWidth = 3,
        Padding = ConvolutionPadding.All(1),
    };

    [Test]
    public void A_gradient_has_the_same_bits_plane_by_plane_and_channel_by_channel(
        [Values(2, 4)] int tile, [Values] bool accumulate, [Values(1, 5)] int threads)
    {
        if (!SimdSupport.IsSupported(width))
        {
            Assert.Ignore($"This processor has no {width}.");
        }

        using var device = new CpuDevice(new DeviceOptions { SimdWidth = width, Threads = threads });
        var inItems = Run(device, tile, accumulate, inStages: false);
        var inStages = Run(device, tile, accumulate, inStages: true);
        Assert.Multiple(() =>
        {
            Assert.That(inItems.Any(float.IsNaN), Is.False, "taps that nobody wrote");
            Assert.That(inStages.AsSpan().SequenceEqual(inItems), Is.True, "in stages");
        });
    }

    [Test]
    public void Planes_are_items_where_many_tiles_meet_few_channels()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Plan(Square(32, 64)).InStages, Is.True, "512 tiles of 64 channels");
            Assert.That(Plan(Square(8, 192)).InStages, Is.False, "32 tiles of 192 channels");
        });
    }

    private static ConvolutionShape Square(int size, int channels) =>
        Odd with { Batch = 8, Height = size, Width = size, InputChannels = channels, OutputChannels = channels };

    private static WinogradWeightGradientPlan Plan(ConvolutionShape shape) =>
        WinogradWeightGradientPlan.Create<Winograd4, Float512>(shape, threads: 2);

    private float[] Run(CpuDevice device, int tile, bool accumulate, bool inStages) => (width, tile) switch
    {
        (SimdWidth.Vector512, 4) => Run<Winograd4, Float512>(device, accumulate, inStages),
        (SimdWidth.Vector512, _) => Run<Winograd2, Float512>(device, accumulate, inStages),
        (SimdWidth.Vector256, 4) => Run<Winograd4, Float256>(device, accumulate, inStages),
        (SimdWidth.Vector256, _) => Run<Winograd2, Float256>(device, accumulate, inStages),
        (_, 4) => Run<Winograd4, Float128>(device, accumulate, inStages),
        _ => Run<Winograd2, Float128>(device, accumulate, inStages),
    };

    private static float[] Run<TWinograd, T>(CpuDevice device, bool accumulate, bool inStages)
        where TWinograd : IWinograd
        where T : unmanaged, ISimd<T>
    {
        var random = new Random(11);
        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
        var target = Values(Odd.WeightsLength);
        if (!accumulate)
        {
            Array.Fill(target, float.NaN);
        }

        var arguments = new ConvolutionWeightGradientArguments
        {
            Shape = Odd,
            Input = device.Upload<float>(Values(Odd.InputLength)),
            OutputGradient = device.Upload<float>(Values(Odd.OutputLength)),
            WeightsGradient = device.Upload<float>(target),
            Accumulate = accumulate,
        };
        var plan = WinogradWeightGradientPlan.Create<TWinograd, T>(Odd, device.Workers.Threads);
        WinogradWeightGradient<TWinograd>.Run<T>(device, arguments, plan with { InStages = inStages });
        return arguments.WeightsGradient.ToArray();
    }
}
