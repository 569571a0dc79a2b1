using KernelDiff.Kernels.Attention;
using KernelDiff.Kernels.Convolution;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Normalization;
using KernelDiff.Kernels.Plans;

namespace KernelDiff.Kernels.Tests.Plans;

[TestFixture]
public sealed class LaunchPlanTests
{
    private const string Layer = "16x16x32-32 3x3 padding 1";

    private CpuDevice device = null!;

    private string Target => PlanTarget.Of(device);

    [SetUp]
    public void OpenDevice() => device = new CpuDevice(new DeviceOptions { Threads = 1 });

    [TearDown]
    public void CloseDevice() => device.Dispose();

    [TestCase(1)]
    [TestCase(3)]
    public void A_choice_holds_for_its_shape_in_any_batch(int batch)
    {
        Assume.That(Chosen(Square(batch, 16, 32)), Is.EqualTo("winograd4"));
        device.Plan = Plan("winograd2");
        Assert.That(Chosen(Square(batch, 16, 32)), Is.EqualTo("winograd2"));
    }

    [Test]
    public void Other_shapes_and_operations_are_left_to_the_rules()
    {
        device.Plan = Plan("winograd2");
        var shape = Square(1, 16, 32);
        Assert.That(Chosen(Square(1, 16, 64)), Is.EqualTo("winograd4"));
        Assert.That(
            ConvolutionOperations.ConvolutionWeightGradient.Choose(device, new ConvolutionWeightGradientArguments
            {
                Shape = shape,
                Input = default,
                OutputGradient = default,
                WeightsGradient = default,
            }).Name,
            Is.EqualTo("winograd4"));
    }

    [Test]
    public void Without_the_plan_the_rules_choose_again()
    {
        device.Plan = Plan("winograd2");
        device.Plan = null;
        Assert.That(Chosen(Square(1, 16, 32)), Is.EqualTo("winograd4"));
    }

    [Test]
    public void A_lane_follows_the_plan_that_its_device_has_at_the_time()
    {
        foreach (var (plan, expected) in new (LaunchPlan?, string)[] { (Plan("winograd2"), "winograd2"), (null, "winograd4") })
        {
            device.Plan = plan;
            var chosen = "";
            device.Lanes!.For(1, (lane, _) => chosen = ConvolutionOperations.Convolution.Choose(lane, Arguments(Square(1, 16, 32))).Name);
            Assert.That(chosen, Is.EqualTo(expected));
        }
    }

    [Test]
    public void A_plan_for_other_devices_changes_nothing()
    {
        device.Plan = new LaunchPlan([new PlanEntry("cpu 64-bit", "convolution", Layer, "winograd2")]);
        Assert.That(device.Plan.AppliesTo(device), Is.False);
        Assert.That(Chosen(Square(1, 16, 32)), Is.EqualTo("winograd4"));
    }

    [Test]
    public void A_forced_variant_comes_before_the_plan()
    {
        device.Plan = Plan("winograd2");
        device.ForceVariant("convolution", "indirect");
        Assert.That(Chosen(Square(1, 16, 32)), Is.EqualTo("indirect"));
    }

    [TestCase(ConvolutionAlgorithm.Direct, ExpectedResult = "indirect")]
    [TestCase(ConvolutionAlgorithm.Winograd4, ExpectedResult = "winograd4")]
    public string The_algorithm_that_a_user_asks_for_comes_before_the_plan(ConvolutionAlgorithm algorithm)
    {
        device.Plan = Plan("winograd2");
        device.Algorithm = algorithm;
        return Chosen(Square(1, 16, 32));
    }

    [Test]
    public void A_choice_among_direct_variants_holds_where_all_is_to_be_direct()
    {
        var shape = Square(1, 16, 32) with { OutputChannels = 3 };
        Assume.That(Chosen(shape), Is.EqualTo("narrow"));
        device.Plan = new LaunchPlan([new PlanEntry(Target, "convolution", "16x16x32-3 3x3 padding 1", "indirect")]);
        device.Algorithm = ConvolutionAlgorithm.Direct;
        Assert.That(Chosen(shape), Is.EqualTo("indirect"));
    }

    [Test]
    public void Attention_is_planned_by_the_sizes_of_an_image()
    {
        using var simulator = DeviceCatalog.Open("sim");
        var planned = new AttentionArguments
        {
            Query = default,
            Key = default,
            Value = default,
            Output = default,
            QueryLayout = AttentionLayout.Dense(6, 2, 8),
            KeyLayout = AttentionLayout.Dense(5, 2, 8),
            ValueLayout = AttentionLayout.Dense(5, 2, 8),
            OutputLayout = AttentionLayout.Dense(6, 2, 8),
            Batch = 3,
            Heads = 2,
            Queries = 6,
            Keys = 5,
            HeadWidth = 8,
            Scale = 1,
        };
        Assume.That(AttentionOperations.Attention.Choose(simulator, planned).Name, Is.EqualTo("tiled"));
        simulator.Plan = new LaunchPlan([new PlanEntry("sim", "attention", "6x5 h2 d8", "shared")]);
        Assert.That(AttentionOperations.Attention.Choose(simulator, planned).Name, Is.EqualTo("shared"));
        Assert.That(AttentionOperations.Attention.Choose(simulator, planned with { Keys = 4 }).Name, Is.EqualTo("tiled"));
    }

    [Test]
    public void Group_normalisation_is_planned_by_the_sizes_of_an_image()
    {
        using var simulator = DeviceCatalog.Open("sim");
        var arguments = new GroupNormArguments
        {
            Input = default,
            Output = default,
            Batch = 3,
            Pixels = 16,
            Channels = 32,
            Groups = 4,
            Epsilon = 1e-5f,
        };
        Assume.That(NormalizationOperations.GroupNorm.Choose(simulator, arguments).Name, Is.EqualTo("tree"));
        simulator.Plan = new LaunchPlan([new PlanEntry("sim", "group-norm", "16x32 groups 4", "wide")]);
        Assert.That(NormalizationOperations.GroupNorm.Choose(simulator, arguments).Name, Is.EqualTo("wide"));
        Assert.That(NormalizationOperations.GroupNorm.Choose(simulator, arguments with { Groups = 8 }).Name, Is.EqualTo("tree"));
    }

    [Test]
    public void Looking_up_allocates_nothing()
    {
        device.Plan = Plan("winograd2");
        var (known, unknown) = (Arguments(Square(2, 16, 32)), Arguments(Square(2, 16, 64)));
        Choose();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            Choose();
        }

        // A box or a string for each look-up would take 24 bytes or more; tiered compilation may take a few once.
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(2000));

        void Choose()
        {
            _ = ConvolutionOperations.Convolution.Choose(device, known);
            _ = ConvolutionOperations.Convolution.Choose(device, unknown);
        }
    }

    [Test]
    public void The_hash_is_that_of_the_choices_in_any_order()
    {
        var (first, second) = (new PlanEntry("sim", "convolution", Layer, "tiled"), new PlanEntry(Target, "convolution", Layer, "winograd2"));
        var plan = new LaunchPlan([first, second]);
        Assert.That(new LaunchPlan([second, first]).Hash, Is.EqualTo(plan.Hash));
        Assert.That(plan.Hash, Does.Match(@"\A[0-9a-f]{64}\z"));
        Assert.That(new LaunchPlan([first, second with { Variant = "winograd4" }]).Hash, Is.Not.EqualTo(plan.Hash));
        Assert.That(new LaunchPlan([first]).Hash, Is.Not.EqualTo(plan.Hash));
    }

    [TestCase("npu", "convolution", Layer, "indirect", "'npu' names no devices")]
    [TestCase("cpuX", "convolution", Layer, "indirect", "'cpuX' names no devices")]
    [TestCase("sim", "convolve", Layer, "tiled", "no operation 'convolve'")]
    [TestCase("sim", "silu", Layer, "elementwise", "'silu' cannot be planned")]
    [TestCase("sim", "convolution", Layer, "tilde", "no variant 'tilde'")]
    [TestCase("sim", "convolution", Layer, "winograd2", "does not run on 'sim'")]
    [TestCase("cpu 512-bit", "convolution", "16x16x32-32 3x3 stride 2 padding 1", "winograd4", "does not support")]
    [TestCase("sim", "convolution", "1x16x16x32-32 3x3 padding 1", "tiled", "not a shape")]
    [TestCase("sim", "convolution", "016x16x32-32 3x3 padding 1", "tiled", "not a shape")]
    [TestCase("sim", "convolution", "16x16x32-32 3x3 padding 1 bias", "tiled", "not a shape")]
    [TestCase("sim", "convolution", "1x1x32-32 3x3", "tiled", "not a shape")]
    [TestCase("sim", "attention", "0x5 h2 d8", "tiled", "not a shape")]
    [TestCase("sim", "group-norm", "16x30 groups 4", "tree", "not a shape")]
    [TestCase("sim", "group-norm-backward", "16x32 groups 4", "simd", "does not run on 'sim'")]
    [TestCase("sim", "attention", "6x5 h2 d600", "tiled", "not a shape")]
    public void A_choice_that_cannot_be_is_refused(string target, string operation, string shape, string variant, string message) =>
        Assert.That(
            () => new LaunchPlan([new PlanEntry(target, operation, shape, variant)]),
            Throws.ArgumentException.With.Message.Contains(message));

    [Test]
    public void Two_choices_for_a_shape_are_refused() => Assert.That(
        () => new LaunchPlan([.. Plan("winograd2").Entries, .. Plan("winograd4").Entries]),
        Throws.ArgumentException.With.Message.Contains("two choices"));

    [Test]
    public void The_text_of_every_convolution_is_read_back_as_its_shape()
    {
        foreach (var (shape, _) in ConvolutionCaseShapes.All)
        {
            var planned = new PlannedConvolution(shape);
            Assert.That(PlannedConvolution.TryParse(planned.Describe(), out var parsed), planned.Describe());
            Assert.That(parsed, Is.EqualTo(planned));
        }
    }

    private LaunchPlan Plan(string variant) => new([new PlanEntry(Target, "convolution", Layer, variant)]);

    private string Chosen(in ConvolutionShape shape) => ConvolutionOperations.Convolution.Choose(device, Arguments(shape)).Name;

    private static ConvolutionShape Square(int batch, int size, int channels) => ConvolutionCaseShapes.Square(batch, size, channels, channels);

    private static ConvolutionArguments Arguments(in ConvolutionShape shape) =>
        new() { Shape = shape, Input = default, Weights = default, Output = default };
}
