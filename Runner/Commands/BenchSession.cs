using KernelDiff.Kernels;
using KernelDiff.Kernels.Measurement;

namespace KernelDiff.Runner.Commands;

/// <summary>What came out for one variant on one shape.</summary>
/// <param name="Launch">Operation, variant, shape, bytes and floating-point operations.</param>
/// <param name="Shape">Name of the case, as <c>--shape</c> accepts it.</param>
/// <param name="Fault">What is wrong with the result, null if it agrees with the reference.</param>
/// <param name="Timing">Null if the result is wrong.</param>
/// <param name="Rate">Against the best peaks seen in the whole session; null if the result is wrong.</param>
internal sealed record BenchResult(LaunchRecord Launch, string Shape, string? Fault, VariantTiming? Timing, LaunchRate? Rate);

/// <summary>Two variants on one shape.</summary>
/// <param name="Operation">Name of the operation.</param>
/// <param name="Shape">Name of the case.</param>
/// <param name="Variant">The variant in question.</param>
/// <param name="Against">The one it is compared with.</param>
/// <param name="Ratio">How many times as long it takes, round by round.</param>
internal sealed record BenchComparison(string Operation, string Shape, string Variant, string Against, SampleSummary Ratio);

/// <summary>Goes through a plan. When it is asked to stop, what was measured so far stays.</summary>
internal sealed class BenchSession(CommandContext context, Device device, DevicePeak peak, TimeSpan budget, bool cold)
{
    private readonly List<BenchResult> results = [];
    private readonly List<BenchComparison> comparisons = [];

    public Device Device => device;

    public DevicePeak Peak => peak;

    public bool Cold => cold;

    /// <summary>Whether the plan was not finished.</summary>
    public bool IsCancelled { get; private set; }

    public IReadOnlyList<BenchResult> Results => results;

    /// <summary>One for each shape whose two variants are right, where a comparison was asked for.</summary>
    public IReadOnlyList<BenchComparison> Comparisons => comparisons;

    public void Run(IReadOnlyList<BenchEntry> plan)
    {
        try
        {
            context.Progress.Show("measuring the peak of the device");
            _ = peak.FloatingPointOperationsPerSecond;
            _ = peak.MemoryBytesPerSecond;
            for (var i = 0; i < plan.Count; i++)
            {
                var entry = plan[i];
                context.Log(Verbosity.Verbose, $"{entry.Operation.Name} {entry.Case.Name}");
                context.Progress.Show($"{i + 1} of {plan.Count}: {entry.Operation.Name} {entry.Case.Name}");
                context.Cancellation.ThrowIfCancellationRequested();
                Measure(entry);
            }
        }
        catch (OperationCanceledException)
        {
            IsCancelled = true;
        }

        for (var i = 0; i < results.Count; i++)
        {
            results[i] = results[i] with { Rate = RateOf(results[i]) };
        }
    }

    private void Measure(BenchEntry entry)
    {
        using var timer = new CaseTimer(device, entry.Operation, entry.Case);
        var right = new List<LaunchRecord>();
        foreach (var variant in entry.Variants)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            if (Check(entry, timer, variant) is not { } launch)
            {
                continue;
            }

            if (right.Exists(known => known.Variant == launch.Variant))
            {
                context.Log(
                    Verbosity.Normal,
                    $"not compared: '{entry.Operation.Name}' chooses '{launch.Variant}' for {entry.Case.Name} itself. Name another one with --variant.");
                continue;
            }

            right.Add(launch);
        }

        if (right.Count == 0)
        {
            return;
        }

        var timings = timer.Time(
            [.. right.Select(launch => launch.Variant)], budget, cold ? peak.FlushCaches : null, context.Cancellation);
        results.AddRange(right.Zip(timings, (launch, timing) => new BenchResult(launch, entry.Case.Name, null, timing, null)));
        if (entry.IsComparison && timings.Count == 2)
        {
            comparisons.Add(new BenchComparison(
                entry.Operation.Name, entry.Case.Name, right[0].Variant, right[1].Variant, timings[0].RatioTo(timings[1])));
        }

        peak.Refresh(WorkingSet(right[0]));
    }

    private LaunchRate? RateOf(BenchResult result) => result.Timing is { } timing
        ? LaunchRate.Of(
            result.Launch,
            timing.Seconds.Median,
            peak.FloatingPointOperationsPerSecond,
            peak.BytesPerSecond(WorkingSet(result.Launch)))
        : null;

    /// <summary>How much memory the ceiling of a launch is measured on.</summary>
    private long WorkingSet(in LaunchRecord launch) => cold ? long.MaxValue : launch.Bytes;

    /// <summary>Checks one variant.</summary>
    /// <returns>The launch if its result is right, null if there is nothing to time.</returns>
    private LaunchRecord? Check(BenchEntry entry, CaseTimer timer, string? variant)
    {
        CheckedLaunch check;
        try
        {
            check = timer.Check(variant);
        }
        catch (NotSupportedException exception)
        {
            context.Log(Verbosity.Normal, $"left out: {exception.Message}");
            return null;
        }

        if (variant is not null && check.Launch.Variant != variant)
        {
            context.Log(
                Verbosity.Normal,
                $"left out: the variant '{variant}' of '{entry.Operation.Name}' does not support the shape {entry.Case.Name}.");
            return null;
        }

        if (!check.Result.Passed)
        {
            context.Log(
                Verbosity.Normal,
                $"wrong result: {entry.Operation.Name}/{check.Launch.Variant} {entry.Case.Name} on {device.Name}: {check.Result.Message}");
            results.Add(new BenchResult(check.Launch, entry.Case.Name, check.Result.Message, null, null));
            return null;
        }

        context.Log(Verbosity.Verbose, $"  {check.Launch.Variant}: right, largest error {check.Result.Error:G2} of the tolerance");
        return check.Launch;
    }
}
