using System.Diagnostics;
using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Measurement;

/// <summary>What checking a variant on a case told.</summary>
/// <param name="Launch">The launch that was checked: shape, bytes, floating-point operations and the variant that ran.</param>
/// <param name="Result">The comparison with the reference.</param>
public sealed record CheckedLaunch(LaunchRecord Launch, CaseResult Result);

/// <summary>Timings of one variant.</summary>
/// <param name="Seconds">Duration of one launch.</param>
/// <param name="LaunchesPerSample">Launches that one sample averages over, so that it is longer than the clock and a launch are noisy.</param>
/// <param name="Samples">Seconds of a launch in the order in which they were taken; those of one round have the same index in every variant.</param>
public sealed record VariantTiming(SampleSummary Seconds, int LaunchesPerSample, IReadOnlyList<double> Samples)
{
    /// <summary>How many times as long as another variant of the same case this one takes, round by round.</summary>
    /// <param name="other">Timed by the same call of <see cref="CaseTimer.Time"/>.</param>
    /// <exception cref="ArgumentException">The numbers of rounds differ.</exception>
    public SampleSummary RatioTo(VariantTiming other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return other.Samples.Count == Samples.Count
            ? SampleSummary.Of(Samples.Zip(other.Samples, (own, others) => own / others))
            : throw new ArgumentException($"One variant has {Samples.Count} samples, the other one {other.Samples.Count}.", nameof(other));
    }
}

/// <summary>Checks and times the variants of an operation on one case.</summary>
public sealed class CaseTimer : IDisposable
{
    /// <summary>Elements of each output that are compared where the reference can be sampled.</summary>
    private const int CheckedElements = 1024;

    private const int FewestSamples = 5;
    private const int MostSamples = 2000;
    private const int MostLaunchesPerSample = 1000;
    private const double ShortestSample = 200e-6;

    private readonly Device device;
    private readonly Operation operation;
    private readonly CaseRun run;
    private readonly bool restores;

    /// <summary>Fills the operands of a case on a device.</summary>
    /// <exception cref="DeviceMemoryException">The operands do not fit.</exception>
    public CaseTimer(Device device, Operation operation, OperationCase operationCase)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(operation);
        ArgumentNullException.ThrowIfNull(operationCase);
        this.device = device;
        this.operation = operation;
        run = new CaseRun(device, operationCase);
        restores = operationCase.Operands.Any(operand => operand.Role == OperandRole.InputOutput);
    }

    /// <summary>
    /// Launches once into outputs full of NaN and compares with the reference. <see cref="LaunchRecord.Variant"/> tells what ran: a
    /// variant that does not support the arguments leaves the choice to the operation.
    /// </summary>
    /// <param name="variant">Name of the variant, null for the operation's choice.</param>
    /// <exception cref="NotSupportedException">No variant supports the arguments on this device.</exception>
    public CheckedLaunch Check(string? variant)
    {
        LaunchRecord? launch = null;
        void Observe(LaunchRecord record) => launch = record.Operation == operation.Name ? record : launch;

        run.Restore();
        run.InvalidateOutputs();
        device.Timeline.Launched += Observe;
        try
        {
            WithVariant(variant, run.Launch);
        }
        finally
        {
            device.Timeline.Launched -= Observe;
        }

        return launch is { } found
            ? new CheckedLaunch(found, run.Compare(CheckedElements, found.Variant))
            : throw new InvalidOperationException($"The case does not launch '{operation.Name}'.");
    }

    /// <summary>
    /// Times variants. Their samples alternate, so that a change in clock or load meets all of them alike.
    /// </summary>
    /// <param name="variants">Names of variants that support the case.</param>
    /// <param name="budget">Time for the samples of each variant; a quarter of it is spent on warming up before.</param>
    /// <param name="beforeEachSample">
    /// Called before every sample, which then is a single launch: flushes caches for cold timings. Null for warm timings.
    /// </param>
    /// <param name="cancellation">Asks to stop between samples.</param>
    /// <exception cref="OperationCanceledException">Stopping was asked for.</exception>
    public IReadOnlyList<VariantTiming> Time(
        IReadOnlyList<string> variants, TimeSpan budget, Action? beforeEachSample, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(variants);
        var launches = variants
            .Select(variant => WarmUp(variant, budget / 4, isSingle: beforeEachSample is not null, cancellation))
            .ToArray();

        // What the check and the filling of operands left behind is collected now rather than in a sample.
        GC.Collect();
        var samples = variants.Select(_ => new List<double>()).ToArray();
        var start = Stopwatch.GetTimestamp();
        var rounds = 0;
        while (rounds < FewestSamples || (Stopwatch.GetElapsedTime(start) < budget * variants.Count && rounds < MostSamples))
        {
            for (var i = 0; i < variants.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                samples[i].Add(Sample(variants[i], launches[i], beforeEachSample));
            }

            rounds++;
        }

        return [.. samples.Select((seconds, i) => new VariantTiming(SampleSummary.Of(seconds), launches[i], seconds))];
    }

    public void Dispose() => run.Dispose();

    /// <summary>Launches until the code is compiled and the caches are filled.</summary>
    /// <returns>The launches that one sample needs.</returns>
    private int WarmUp(string variant, TimeSpan duration, bool isSingle, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        var shortest = double.PositiveInfinity;
        for (var i = 0; i < 3 || Stopwatch.GetElapsedTime(start) < duration; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            shortest = Math.Min(shortest, Sample(variant, 1, null));
        }

        return isSingle ? 1 : (int)Math.Clamp(Math.Ceiling(ShortestSample / shortest), 1, MostLaunchesPerSample);
    }

    /// <summary>Seconds per launch.</summary>
    private double Sample(string variant, int launches, Action? before)
    {
        if (restores)
        {
            run.Restore();
        }

        before?.Invoke();
        var elapsed = TimeSpan.Zero;
        WithVariant(variant, () =>
        {
            device.Synchronize();
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < launches; i++)
            {
                run.Launch();
            }

            device.Synchronize();
            elapsed = Stopwatch.GetElapsedTime(start);
        });
        return Math.Max(elapsed.TotalSeconds, 1e-9) / launches;
    }

    private void WithVariant(string? variant, Action action)
    {
        device.ForceVariant(operation.Name, variant);
        try
        {
            action();
        }
        finally
        {
            device.ForceVariant(operation.Name, null);
        }
    }
}
