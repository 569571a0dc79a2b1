using KernelDiff.Kernels;
using KernelDiff.Kernels.Measurement;

namespace KernelDiff.Runner.Commands;

/// <summary>What came out for one variant on one shape.</summary>
/// <param name="Launch">Operation, variant, shape, bytes and floating-point operations.</param>
/// <param name="Shape">Name of the case, as <c>--shape</c> accepts it.</param>
/// <param name="Fault">What is wrong with the result, null if it agrees with the reference.</param>
/// <param name="Timing">Null if the result is wrong.</param>
/// <param name="Rate">Null if the result is wrong.</param>
internal sealed record BenchResult(LaunchRecord Launch, string Shape, string? Fault, VariantTiming? Timing, LaunchRate? Rate);

/// <summary>Goes through a plan. When it is asked to stop, what was measured so far stays.</summary>
internal sealed class BenchSession(CommandContext context, Device device, DevicePeak peak, TimeSpan budget, bool cold)
{
    private readonly List<BenchResult> results = [];

    public Device Device => device;

    public DevicePeak Peak => peak;

    public bool Cold => cold;

    /// <summary>Whether the plan was not finished.</summary>
    public bool IsCancelled { get; private set; }

    public IReadOnlyList<BenchResult> Results => results;

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
    }

    private void Measure(BenchEntry entry)
    {
        using var timer = new CaseTimer(device, entry.Operation, entry.Case);
        var right = new List<LaunchRecord>();
        foreach (var variant in entry.Variants)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            if (Check(entry, timer, variant) is { } launch)
            {
                right.Add(launch);
            }
        }

        if (right.Count == 0)
        {
            return;
        }

        var timings = timer.Time(
            [.. right.Select(launch => launch.Variant)], budget, cold ? peak.FlushCaches : null, context.Cancellation);
        foreach (var (launch, timing) in right.Zip(timings))
        {
            var bandwidth = cold ? peak.MemoryBytesPerSecond : peak.BytesPerSecond(launch.Bytes);
            var rate = LaunchRate.Of(launch, timing.Seconds.Median, peak.FloatingPointOperationsPerSecond, bandwidth);
            results.Add(new BenchResult(launch, entry.Case.Name, null, timing, rate));
        }
    }

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
