using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Normalization;

namespace KernelDiff.Kernels.Tests.Normalization;

/// <summary>Arguments that contradict one another are refused by name before anything runs.</summary>
[TestFixture]
public sealed class NormalizationContractTests
{
    private CpuDevice device = null!;

    [OneTimeSetUp]
    public void OpenDevice() => device = new CpuDevice(new DeviceOptions { Threads = 1 });

    [OneTimeTearDown]
    public void CloseDevice() => device?.Dispose();

    [Test]
    public void Channels_that_groups_do_not_divide_are_refused() =>
        Refused(GroupNorm() with { Groups = 4 }, "6 channels cannot be cut into 4 groups");

    [Test]
    public void A_negative_epsilon_is_refused() => Refused(GroupNorm() with { Epsilon = -1 }, "Epsilon is -1");

    [Test]
    public void An_epsilon_that_is_not_a_number_is_refused() => Refused(GroupNorm() with { Epsilon = float.NaN }, "Epsilon is NaN");

    [Test]
    public void A_scale_without_a_shift_is_refused() => Refused(GroupNorm() with { Scale = Span(12) }, "'scale' and 'shift' come together");

    [Test]
    public void A_saved_mean_without_a_saved_deviation_is_refused() =>
        Refused(GroupNorm() with { Mean = Span(6) }, "'mean' and 'reciprocalDeviation' come together");

    [Test]
    public void A_scale_that_ends_before_its_last_image_is_refused() =>
        Refused(GroupNorm() with { Scale = Span(17), Shift = Span(18), ScaleShiftStride = 12 }, "'scale' has 17 elements");

    [Test]
    public void A_scale_that_ends_with_its_last_image_is_accepted() =>
        Assert.That(() => (GroupNorm() with { Scale = Span(18), Shift = Span(18), ScaleShiftStride = 12 }).Validate(), Throws.Nothing);

    [Test]
    public void Rows_of_scale_that_overlap_are_refused() =>
        Refused(GroupNorm() with { Scale = Span(11), Shift = Span(11), ScaleShiftStride = 5 }, "stride of scale and shift is 5");

    [Test]
    public void A_single_row_has_no_batch_statistics() => Refused(BatchNorm(1), "at least 2 values");

    [Test]
    public void A_momentum_above_one_is_refused() => Refused(BatchNorm(2) with { Momentum = 1.5f }, "momentum is 1.5");

    [Test]
    public void A_running_mean_without_a_running_variance_is_refused() =>
        Refused(BatchNorm(2) with { RunningMean = Span(3) }, "'runningMean' and 'runningVariance' come together");

    private static void Refused(IOperationArguments arguments, string reason) =>
        Assert.That(arguments.Validate, Throws.ArgumentException.With.Message.Contains(reason));

    private GroupNormArguments GroupNorm() => new()
    {
        Input = Span(48),
        Output = Span(48),
        Batch = 2,
        Pixels = 4,
        Channels = 6,
        Groups = 3,
        Epsilon = 1e-5f,
    };

    private BatchNormTrainingArguments BatchNorm(int rows) => new()
    {
        Input = Span(3 * rows),
        Output = Span(3 * rows),
        Rows = rows,
        Channels = 3,
        Epsilon = 1e-5f,
        Momentum = 0.1f,
    };

    private DeviceSpan<float> Span(int length) => device.Allocate<float>(length);
}
