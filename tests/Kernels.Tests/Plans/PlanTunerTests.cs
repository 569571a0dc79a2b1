using KernelDiff.Kernels.Cases;
using KernelDiff.Kernels.Convolution;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Plans;

namespace KernelDiff.Kernels.Tests.Plans;

[TestFixture]
public sealed class PlanTunerTests
{
    private const string Layer = "8x8x16-16 3x3 padding 1";

    private CpuDevice device = null!;
    private PlanTuner tuner = null!;

    [SetUp]
    public void OpenDevice()
    {
        device = new CpuDevice(new DeviceOptions { Threads = 1 });
        tuner = new PlanTuner(device, batch: 2, TimeSpan.FromMilliseconds(1), margin: 0.03);
    }

    [TearDown]
    public void CloseDevice() => device.Dispose();

    [Test]
    public void Every_variant_that_supports_the_shape_is_timed()
    {
        var tuned = tuner.Tune(ConvolutionOperations.Convolution, Layer, CancellationToken.None);
        Assert.That(tuned.Timed.Select(timed => timed.Variant), Is.EqualTo(new[] { "winograd4", "winograd2", "narrow", "indirect" }.Where(Supports)));
        Assert.That(tuned.Timed.Select(timed => timed.Seconds), Is.All.Positive);
        Assert.That(tuned.Rule, Is.EqualTo("winograd4"));
        Assert.That(tuned.Wrong, Is.Empty);

        bool Supports(string variant) => tuner.Candidates(ConvolutionOperations.Convolution, Layer).Contains(variant);
    }

    [Test]
    public void A_variant_whose_result_is_wrong_is_not_chosen_though_it_is_the_rule()
    {
        var tuned = tuner.Tune(Planted, Layer, CancellationToken.None);
        Assert.That(tuned.Rule, Is.EqualTo("zeros"));
        Assert.That(tuned.Chosen, Is.EqualTo("indirect"));
        Assert.That(tuned.Wrong.Single().Variant, Is.EqualTo("zeros"));
        Assert.That(tuned.Wrong.Single().Fault, Does.Contain("expected"));
    }

    [Test]
    public void An_operation_that_cannot_be_planned_has_no_candidates() =>
        Assert.That(tuner.Candidates(Kernels.Pointwise.PointwiseOperations.Silu, Layer), Is.Empty);

    [Test]
    public void Stopping_ends_the_measurement()
    {
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        Assert.That(() => tuner.Tune(ConvolutionOperations.Convolution, Layer, stopped.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void A_launch_tells_its_shape_without_the_batch([Values(1, 3)] int batch)
    {
        var shapes = new List<string?>();
        device.Timeline.Launched += launch => shapes.Add(launch.PlannedShape);
        using var run = new CaseRun(device, ConvolutionOperations.Convolution.PlannedShapes!.CaseOf(Layer, batch));
        run.Launch();
        Assert.That(shapes, Is.EqualTo(new[] { Layer }));
    }

    private static Operation<ConvolutionArguments> Planted { get; } = new(
        "planted",
        "Planted",
        "a convolution, one variant of which is wrong",
        () => [],
        CpuVariant.Simd<ConvolutionArguments, Zeros>("zeros"),
        CpuVariant.Simd<ConvolutionArguments, ConvolutionForward>("indirect"))
    {
        Shapes = new PlannedShapes<ConvolutionArguments, PlannedConvolution>(
            arguments => new PlannedConvolution(arguments.Shape),
            _ => default,
            (_, batch) => Case(ConvolutionCaseShapes.Square(batch, 8, 16, 16))),
    };

    private static OperationCase Case(ConvolutionShape shape) => ConvolutionCases.Forward(shape, default, CaseScale.Benchmark) with
    {
        Launch = (device, operands) => Planted.Launch(device, new ConvolutionArguments
        {
            Shape = shape,
            Input = operands.Single("input"),
            Weights = operands.Single("weights"),
            Output = operands.Single("output"),
        }),
    };

    private readonly struct Zeros : ISimdKernel<ConvolutionArguments>
    {
        public static void Run<T>(CpuDevice device, in ConvolutionArguments arguments)
            where T : unmanaged, ISimd<T> => arguments.Output.CopyFrom(new float[arguments.Output.Length]);
    }
}
