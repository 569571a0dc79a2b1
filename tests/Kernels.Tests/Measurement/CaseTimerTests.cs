using KernelDiff.Kernels.Cases;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Measurement;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Tests.Measurement;

public sealed class CaseTimerTests
{
    private const int Length = 100;

    private static readonly Operation Silu = PointwiseOperations.Silu;

    private CpuDevice device = null!;

    [SetUp]
    public void OpenDevice() => device = new CpuDevice(new DeviceOptions { Threads = 1 });

    [TearDown]
    public void CloseDevice() => device.Dispose();

    [Test]
    public void Check_reports_the_launch_and_that_it_is_right()
    {
        using var timer = new CaseTimer(device, Silu, Silu.Cases.First(candidate => candidate.Name == "37"));

        var check = timer.Check(null);

        Assert.That(check.Result.Passed, Is.True, check.Result.Message);
        Assert.That(check.Launch, Has.Property("Operation").EqualTo("silu").And.Property("Variant").EqualTo("simd"));
        Assert.That(check.Launch.Bytes, Is.EqualTo(37 * 2 * sizeof(float)));
    }

    [Test]
    public void Check_finds_a_result_that_differs_from_the_reference()
    {
        using var timer = new CaseTimer(device, Silu, Case(() => Length, (values, index) => Reference(values, index) + (index == 42 ? 1 : 0)));

        Assert.That(timer.Check(null).Result.Message, Does.Contain("output[42]"));
    }

    [Test]
    public void Check_finds_outputs_that_an_earlier_launch_wrote_and_this_one_did_not()
    {
        var written = Length;
        using var timer = new CaseTimer(device, Silu, Case(() => written, Reference));

        Assert.That(timer.Check(null).Result.Passed, Is.True);
        written = Length - 1;
        Assert.That(timer.Check(null).Result.Message, Does.Contain($"output[{Length - 1}]").And.Contain("NaN"));
    }

    [Test]
    public void Time_gives_samples_for_every_variant_and_restores_the_choice()
    {
        using var timer = new CaseTimer(device, Silu, Silu.Cases.First(candidate => candidate.Name == "37"));

        var timings = timer.Time(["simd", "simd"], TimeSpan.FromMilliseconds(1), null, CancellationToken.None);

        Assert.That(timings, Has.Count.EqualTo(2));
        Assert.That(timings, Has.All.Matches<VariantTiming>(timing => timing.Seconds is { Count: >= 5, Minimum: > 0 }));
        Assert.That(device.ForcedVariant("silu"), Is.Null);
    }

    [Test]
    public void Cold_samples_are_single_launches_that_follow_a_flush()
    {
        using var timer = new CaseTimer(device, Silu, Silu.Cases.First(candidate => candidate.Name == "37"));
        var flushes = 0;

        var timing = timer.Time(["simd"], TimeSpan.FromMilliseconds(1), () => flushes++, CancellationToken.None).Single();

        Assert.That(timing.LaunchesPerSample, Is.EqualTo(1));
        Assert.That(flushes, Is.EqualTo(timing.Seconds.Count));
    }

    [Test]
    public void Time_stops_when_asked_to()
    {
        using var timer = new CaseTimer(device, Silu, Silu.Cases.First(candidate => candidate.Name == "37"));

        Assert.That(
            () => timer.Time(["simd"], TimeSpan.FromDays(1), null, new CancellationToken(canceled: true)),
            Throws.InstanceOf<OperationCanceledException>());
    }

    private static double Reference(CaseValues values, int index) => values["input"][index] / (1 + Math.Exp(-values["input"][index]));

    /// <param name="written">How many elements a launch computes; the rest of the output stays as it was.</param>
    /// <param name="reference">What the case expects of an element.</param>
    private static OperationCase Case(Func<int> written, Func<CaseValues, int, double> reference) => new()
    {
        Name = "planted",
        Operands = [Operand.Input("input", Length, Fills.Normal()), Operand.Output("output", Length)],
        Launch = (device, operands) => PointwiseOperations.Silu.Launch(device, new UnaryArguments
        {
            Input = operands.Single("input").Slice(0, written()),
            Output = operands.Single("output").Slice(0, written()),
        }),
        Reference = CaseReference.Elements((values, _, index) => reference(values, index)),
        Tolerance = Tolerance.Element(1e-5, 1e-6),
    };

    [Test]
    public void A_ratio_is_taken_round_by_round()
    {
        // The machine slows down threefold: the medians would hide that each round has the same ratio.
        var slow = Timing(2, 4, 6);
        var fast = Timing(1, 2, 3);

        Assert.That(slow.RatioTo(fast), Is.EqualTo(new SampleSummary(2, 2, 2, 2, 3)));
        Assert.That(() => slow.RatioTo(Timing(1, 2)), Throws.ArgumentException);
    }

    private static VariantTiming Timing(params double[] seconds) => new(SampleSummary.Of(seconds), 1, seconds);
}
