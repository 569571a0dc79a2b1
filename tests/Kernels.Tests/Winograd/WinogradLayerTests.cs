using KernelDiff.Kernels.Convolution;

namespace KernelDiff.Kernels.Tests.Winograd;

/// <summary>Layers that are larger than what the ILGPU kernels of Winograd's algorithms take at a time.</summary>
[TestFixture]
public sealed class WinogradLayerTests
{
    private Device device = null!;

    [OneTimeSetUp]
    public void OpenDevice() => device = DeviceCatalog.Open(TestEnvironment.RequirePocl(), new DeviceOptions());

    [OneTimeTearDown]
    public void CloseDevice() => device?.Dispose();

    [TestCase(ConvolutionAlgorithm.Winograd2, ExpectedResult = "winograd2-tiled")]
    [TestCase(ConvolutionAlgorithm.Winograd4, ExpectedResult = "winograd4-tiled")]
    [TestCase(ConvolutionAlgorithm.Direct, ExpectedResult = "tiled")]
    public string The_devices_algorithm_is_taken_in_the_form_for_its_class(ConvolutionAlgorithm algorithm)
    {
        device.Algorithm = algorithm;
        try
        {
            return ConvolutionOperations.Convolution.Choose(device, Arguments(ConvolutionCaseShapes.Square(1, 4, 16, 16))).Name;
        }
        finally
        {
            device.Algorithm = ConvolutionAlgorithm.Auto;
        }
    }

    /// <summary>The batch has several bands of tiles, which end within an image; an image alone is one band.</summary>
    [Test]
    public void An_image_has_the_same_bits_in_one_band_of_tiles_and_cut_by_two([Values("winograd4-tiled", "winograd2-tiled")] string variant)
    {
        const int Batch = 41;
        var batch = Arguments(ConvolutionCaseShapes.Square(Batch, 64, 16, 16));
        var random = new Random(7);
        batch.Input.CopyFrom(Values(random, batch.Input.Length));
        batch.Weights.CopyFrom(Values(random, batch.Weights.Length));
        device.ForceVariant("convolution", variant);
        ConvolutionOperations.Convolution.Launch(device, batch);

        var single = Arguments(ConvolutionCaseShapes.Square(1, 64, 16, 16));
        single.Weights.CopyFrom(batch.Weights);
        for (var image = 0; image < Batch; image++)
        {
            single.Input.CopyFrom(batch.Input.Slice(image * single.Input.Length, single.Input.Length));
            ConvolutionOperations.Convolution.Launch(device, single);
            Assert.That(
                batch.Output.Slice(image * single.Output.Length, single.Output.Length).ToArray(),
                Is.EqualTo(single.Output.ToArray()),
                $"image {image}");
        }

        device.ForceVariant("convolution", null);
    }

    private static float[] Values(Random random, int length) => [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() - 0.5f)];

    private ConvolutionArguments Arguments(ConvolutionShape shape) => new()
    {
        Shape = shape,
        Input = device.Allocate<float>(shape.InputLength),
        Weights = device.Allocate<float>(shape.WeightsLength),
        Output = device.Allocate<float>(shape.OutputLength),
    };
}
