using ILGPU;
using ILGPU.Runtime.CPU;
using KernelDiff.Kernels.Convolution;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Tests.Winograd;

/// <summary>Which algorithm a GPU takes for a convolution: chosen for a device that is told to be one, as choosing launches nothing.</summary>
[TestFixture]
internal sealed class WinogradGpuChoiceTests
{
    private GpuDevice device = null!;

    [SetUp]
    public void OpenDevice()
    {
        var context = Context.Create(builder => builder.CPU());
        device = new GpuDevice(
            new DeviceDescription { Name = "cuda:0", Kind = DeviceKind.Cuda, Class = DeviceClass.Gpu, Hardware = "none" },
            new DeviceOptions(),
            context,
            context.GetCPUDevice(0).CreateCPUAccelerator(context),
            null);
    }

    [TearDown]
    public void CloseDevice() => device.Dispose();

    [TestCase(64, ExpectedResult = "winograd4-shared")]
    [TestCase(16, ExpectedResult = "winograd2-shared")]
    [TestCase(8, ExpectedResult = "winograd2-shared")]
    [TestCase(4, ExpectedResult = "shared")]
    public string Images_take_larger_tiles_the_larger_they_are(int size) =>
        ConvolutionOperations.Convolution.Choose(device, Arguments(batch: 1, size)).Name;

    [Test]
    public void The_choice_does_not_depend_on_the_batch([Values(4, 8, 16, 32)] int size) =>
        Assert.That(
            ConvolutionOperations.Convolution.Choose(device, Arguments(batch: 8, size)).Name,
            Is.EqualTo(ConvolutionOperations.Convolution.Choose(device, Arguments(batch: 1, size)).Name));

    [Test]
    public void Exact_convolutions_are_computed_by_the_formula()
    {
        device.Algorithm = ConvolutionAlgorithm.Direct;
        Assert.That(ConvolutionOperations.Convolution.Choose(device, Arguments(batch: 1, 64)).Name, Is.EqualTo("shared"));
    }

    private ConvolutionArguments Arguments(int batch, int size)
    {
        var shape = ConvolutionCaseShapes.Square(batch, size, 16, 16);
        return new ConvolutionArguments
        {
            Shape = shape,
            Input = device.Allocate<float>(shape.InputLength),
            Weights = device.Allocate<float>(shape.WeightsLength),
            Output = device.Allocate<float>(shape.OutputLength),
        };
    }
}
