using KernelDiff.Kernels.Convolution;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Tests.Winograd;

/// <summary>Which algorithm a device takes for a convolution.</summary>
[TestFixture]
public sealed class ConvolutionAlgorithmTests
{
    private CpuDevice device = null!;

    [SetUp]
    public void OpenDevice() => device = new CpuDevice(new DeviceOptions { Threads = 1 });

    [TearDown]
    public void CloseDevice() => device.Dispose();

    [TestCase(ConvolutionAlgorithm.Direct, ExpectedResult = "indirect")]
    [TestCase(ConvolutionAlgorithm.Winograd2, ExpectedResult = "winograd2")]
    [TestCase(ConvolutionAlgorithm.Winograd4, ExpectedResult = "winograd4")]
    public string The_devices_algorithm_is_taken_for_every_convolution_that_it_can_compute(ConvolutionAlgorithm algorithm)
    {
        device.Algorithm = algorithm;
        return Chosen(Shape(1, 2, 16, 16));
    }

    [TestCase(ConvolutionAlgorithm.Winograd2)]
    [TestCase(ConvolutionAlgorithm.Winograd4)]
    public void A_convolution_that_the_algorithm_cannot_compute_is_computed_directly(ConvolutionAlgorithm algorithm)
    {
        device.Algorithm = algorithm;
        Assert.That(Chosen(Shape(1, 64, 128, 128) with { Stride = 2 }), Is.EqualTo("indirect"));
        Assert.That(Chosen(Shape(1, 64, 3, 128)), Is.EqualTo("indirect"));
    }

    [Test]
    public void The_gradient_of_an_upsampled_input_is_computed_directly()
    {
        device.Algorithm = ConvolutionAlgorithm.Winograd4;
        var shape = Shape(1, 8, 32, 32) with { Upsample = true };
        var chosen = ConvolutionOperations.ConvolutionInputGradient.Choose(device, new ConvolutionInputGradientArguments
        {
            Shape = shape,
            OutputGradient = device.Allocate<float>(shape.OutputLength),
            Weights = device.Allocate<float>(shape.WeightsLength),
            InputGradient = device.Allocate<float>(shape.InputLength),
        });
        Assert.That(chosen.Name, Is.EqualTo("indirect"));
    }

    [Test]
    public void A_forced_variant_comes_before_the_devices_algorithm()
    {
        device.Algorithm = ConvolutionAlgorithm.Winograd4;
        device.ForceVariant("convolution", "indirect");
        Assert.That(Chosen(Shape(1, 64, 128, 128)), Is.EqualTo("indirect"));
    }

    [Test]
    public void Left_alone_large_layers_take_tiles_and_small_ones_do_not()
    {
        Assert.That(Chosen(Shape(1, 64, 224, 224)), Is.EqualTo("winograd4"));
        Assert.That(Chosen(Shape(1, 2, 256, 256)), Is.EqualTo("indirect"));
    }

    [Test]
    public void The_choice_does_not_depend_on_the_batch([Values(2, 4, 8, 16, 64)] int size, [Values(16, 64, 256)] int channels) =>
        Assert.That(Chosen(Shape(8, size, channels, channels)), Is.EqualTo(Chosen(Shape(1, size, channels, channels))));

    [Test]
    public void Weights_that_change_between_calls_are_seen([Values(ConvolutionAlgorithm.Winograd2, ConvolutionAlgorithm.Winograd4)] ConvolutionAlgorithm algorithm)
    {
        device.Algorithm = algorithm;
        var shape = Shape(1, 4, 16, 16);
        var arguments = Arguments(shape);
        arguments.Input.CopyFrom(Enumerable.Repeat(1f, shape.InputLength).ToArray());
        arguments.Weights.CopyFrom(Enumerable.Repeat(1f, shape.WeightsLength).ToArray());
        ConvolutionOperations.Convolution.Launch(device, arguments);
        var before = arguments.Output.ToArray();
        arguments.Weights.CopyFrom(Enumerable.Repeat(2f, shape.WeightsLength).ToArray());
        ConvolutionOperations.Convolution.Launch(device, arguments);
        Assert.That(arguments.Output.ToArray(), Is.EqualTo(Array.ConvertAll(before, value => 2 * value)));
    }

    private static ConvolutionShape Shape(int batch, int size, int inputChannels, int outputChannels) => new()
    {
        Batch = batch,
        Height = size,
        Width = size,
        InputChannels = inputChannels,
        OutputChannels = outputChannels,
        KernelHeight = 3,
        KernelWidth = 3,
        Padding = ConvolutionPadding.All(1),
    };

    private string Chosen(ConvolutionShape shape) => ConvolutionOperations.Convolution.Choose(device, Arguments(shape)).Name;

    private ConvolutionArguments Arguments(ConvolutionShape shape) => new()
    {
        Shape = shape,
        Input = device.Allocate<float>(shape.InputLength),
        Weights = device.Allocate<float>(shape.WeightsLength),
        Output = device.Allocate<float>(shape.OutputLength),
    };
}
