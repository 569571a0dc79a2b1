using KernelDiff.Kernels.Convolution;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Normalization;
using KernelDiff.Kernels.Tests.Cases;

namespace KernelDiff.Kernels.Tests.Normalization;

/// <summary>
/// A constant added to a group changes nothing, so the input gradients of a group add up to zero, and with them the gradient of a bias
/// before the normalisation. An error that all pixels share would add up instead.
/// </summary>
[TestFixture]
public sealed class GroupNormGradientSumTests
{
    private const int Pixels = 6000;
    private const int Channels = 24;

    [TestCase(24, 0f, false)]
    [TestCase(24, 100f, false)]
    [TestCase(6, 3f, false)]
    [TestCase(24, 3f, true)]
    public void Input_gradients_of_a_group_sum_to_zero_on_the_cpu(int groups, float mean, bool silu)
    {
        foreach (var width in Enum.GetValues<SimdWidth>().Where(SimdSupport.IsSupported))
        {
            using var device = new CpuDevice(new DeviceOptions { SimdWidth = width, Threads = 2 });
            SumToZero(device, groups, mean, silu);
        }
    }

    [TestCase(24, 0f, false)]
    [TestCase(24, 100f, false)]
    [TestCase(6, 3f, false)]
    [TestCase(24, 3f, true)]
    public void Input_gradients_of_a_group_sum_to_zero_on_OpenCL(int groups, float mean, bool silu)
    {
        using var device = DeviceCatalog.Open(TestEnvironment.RequirePocl());
        CaseAssertions.ForEachVariant(
            device, NormalizationOperations.GroupNormBackward, variant => SumToZero(device, groups, mean, silu, variant));
    }

    [Test]
    public void A_bias_gradient_keeps_the_sum_of_many_terms_that_cancel()
    {
        using var cpu = new CpuDevice(new DeviceOptions { Threads = 2 });
        BiasGradientOfCancellingTerms(cpu);
        using var openCl = DeviceCatalog.Open(TestEnvironment.RequirePocl());
        CaseAssertions.ForEachVariant(openCl, ConvolutionOperations.BiasGradient, _ => BiasGradientOfCancellingTerms(openCl));
    }

    private static void SumToZero(Device device, int groups, float mean, bool silu, string variant = "simd")
    {
        var input = Normal(1, mean, Pixels * Channels);

        // The scale and the mean of what arrives differ from channel to channel.
        var outputGradient = Normal(2, 0, input.Length);
        for (var i = 0; i < outputGradient.Length; i++)
        {
            outputGradient[i] += 0.1f * (i % Channels);
        }

        using var saved = device.Rent<float>(2 * groups);
        using var output = device.Rent<float>(input.Length);
        using var x = Copy(device, input);
        using var dy = Copy(device, outputGradient);
        using var dx = device.Rent<float>(input.Length);
        using var weight = Copy(device, Normal(3, 1, Channels));
        NormalizationOperations.GroupNorm.Launch(device, new GroupNormArguments
        {
            Input = x.Span,
            Output = output.Span,
            Weight = weight.Span,
            Bias = weight.Span,
            Mean = saved.Span.Slice(0, groups),
            ReciprocalDeviation = saved.Span.Slice(groups, groups),
            Batch = 1,
            Pixels = Pixels,
            Channels = Channels,
            Groups = groups,
            Epsilon = 1e-5f,
            Silu = silu,
        });
        NormalizationOperations.GroupNormBackward.Launch(device, new GroupNormBackwardArguments
        {
            Input = x.Span,
            Mean = saved.Span.Slice(0, groups),
            ReciprocalDeviation = saved.Span.Slice(groups, groups),
            OutputGradient = dy.Span,
            InputGradient = dx.Span,
            Weight = weight.Span,
            Bias = weight.Span,
            Batch = 1,
            Pixels = Pixels,
            Channels = Channels,
            Groups = groups,
            Silu = silu,
        });

        var gradient = dx.Span.ToArray();
        var sums = new double[groups];
        var squares = new double[groups];
        for (var i = 0; i < gradient.Length; i++)
        {
            var group = i % Channels / (Channels / groups);
            sums[group] += gradient[i];
            squares[group] += (double)gradient[i] * gradient[i];
        }

        // Three roundings of each pixel, of at most half a unit in the last place of a term, which may be larger than the gradient: their sum
        // is a random walk whose steps have a standard deviation of about 2^-23 of the gradient. Four deviations.
        Assert.Multiple(() =>
        {
            for (var group = 0; group < groups; group++)
            {
                Assert.That(
                    Math.Abs(sums[group]),
                    Is.LessThan(4 * Math.ScaleB(Math.Sqrt(squares[group]), -23)),
                    $"{device.Name} {variant}, group {group}");
            }
        });
    }

    private static void BiasGradientOfCancellingTerms(Device device)
    {
        const int Rows = 250;

        // Every row comes back negated, in the opposite order: running sums grow large before they vanish.
        var half = Normal(4, 1, Rows / 2 * Channels);
        float[] terms = [.. half, .. half.Chunk(Channels).Reverse().SelectMany(row => row).Select(value => -value)];
        terms[0] += 1e-3f;
        var expected = (double)terms[0] + terms[^Channels];
        using var source = Copy(device, terms);
        using var target = device.Rent<float>(Channels);
        ConvolutionOperations.BiasGradient.Launch(device, new BiasGradientArguments
        {
            OutputGradient = source.Span,
            BiasGradient = target.Span,
            Groups = 1,
            Rows = Rows,
            Channels = Channels,
        });
        Assert.That(target.Span.ToArray()[0], Is.EqualTo(expected).Within(1e-9), device.Name);
    }

    private static Workspace<float> Copy(Device device, float[] values)
    {
        var buffer = device.Rent<float>(values.Length);
        buffer.Span.CopyFrom(values);
        return buffer;
    }

    private static float[] Normal(int seed, float mean, int length)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ =>
            mean + (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
    }
}
