using KernelDiff.Kernels.Measurement;

namespace KernelDiff.Kernels.Plans;

/// <summary>A variant whose result is right.</summary>
/// <param name="Variant">Its name.</param>
/// <param name="Seconds">Of one launch.</param>
public sealed record TunedVariant(string Variant, double Seconds);

/// <summary>A variant whose result is wrong.</summary>
/// <param name="Variant">Its name.</param>
/// <param name="Fault">What differs from the reference.</param>
public sealed record WrongVariant(string Variant, string Fault);

/// <summary>What was measured for one shape of an operation.</summary>
public sealed record TunedShape
{
    public required string Operation { get; init; }

    /// <summary>The sizes of one image.</summary>
    public required string Shape { get; init; }

    /// <summary>The variant that runs without a plan.</summary>
    public required string Rule { get; init; }

    /// <summary>The variant that should run: the rule's unless another one is clearly faster.</summary>
    public required string Chosen { get; init; }

    /// <summary>Time of the chosen variant as a part of the rule's, the median over rounds in which they took turns.</summary>
    public required double Ratio { get; init; }

    /// <summary>The variants with right results, in the registry's order.</summary>
    public required IReadOnlyList<TunedVariant> Timed { get; init; }

    /// <summary>The variants with wrong results, which are never chosen.</summary>
    public required IReadOnlyList<WrongVariant> Wrong { get; init; }
}

/// <summary>Chooses variants by measurement.</summary>
/// <param name="device">Where to measure; its plan is not to choose anything.</param>
/// <param name="batch">Images in each call.</param>
/// <param name="budget">Time for the samples of each variant.</param>
/// <param name="margin">
/// By which part of the rule's time a variant must be faster to be chosen, both in the median and in 80 % of the rounds at all.
/// </param>
public sealed class PlanTuner(Device device, int batch, TimeSpan budget, double margin)
{
    /// <summary>The variants that can compute a shape on the device.</summary>
    public IReadOnlyList<string> Candidates(Operation operation, string shape)
    {
        ArgumentNullException.ThrowIfNull(operation);
        return operation.PlannedShapes is not { } shapes
            ? []
            :
            [
                .. operation.Variants
                    .Where(variant => (variant.RunsOn & device.Class) != 0 && shapes.FaultOf(operation, shape, variant.Name) is null)
                    .Select(variant => variant.Name),
            ];
    }

    /// <summary>Checks every variant that can compute a shape against the reference, then times the right ones in turns.</summary>
    /// <param name="operation">One that can be planned.</param>
    /// <param name="shape">The sizes of one image.</param>
    /// <param name="cancellation">Asks to stop between samples.</param>
    /// <exception cref="OperationCanceledException">Stopping was asked for.</exception>
    /// <exception cref="DeviceMemoryException">The operands do not fit.</exception>
    public TunedShape Tune(Operation operation, string shape, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        using var timer = new CaseTimer(device, operation, operation.PlannedShapes!.CaseOf(shape, batch));
        var rule = timer.Check(null).Launch.Variant;
        var right = new List<string>();
        var wrong = new List<WrongVariant>();
        foreach (var variant in Candidates(operation, shape))
        {
            cancellation.ThrowIfCancellationRequested();
            if (timer.Check(variant).Result.Message is { } fault)
            {
                wrong.Add(new WrongVariant(variant, fault));
            }
            else
            {
                right.Add(variant);
            }
        }

        var timings = right.Count > 1 ? timer.Time(right, budget, null, cancellation) : [];
        var (chosen, ratio) = Choose(right, timings, right.IndexOf(rule));
        return new TunedShape
        {
            Operation = operation.Name,
            Shape = shape,
            Rule = rule,
            Chosen = chosen ?? rule,
            Ratio = ratio,
            Timed = [.. right.Zip(timings, (variant, timing) => new TunedVariant(variant, timing.Seconds.Median))],
            Wrong = wrong,
        };
    }

    /// <summary>The fastest variant, if it is faster than the rule's by the margin; whichever is fastest where the rule's is wrong.</summary>
    private (string? Variant, double Ratio) Choose(List<string> right, IReadOnlyList<VariantTiming> timings, int rule)
    {
        if (timings.Count == 0)
        {
            return (right.FirstOrDefault(), 1);
        }

        var fastest = Enumerable.Range(0, right.Count).MinBy(i => timings[i].Seconds.Median);
        if (rule < 0 || fastest == rule)
        {
            return (right[fastest], 1);
        }

        var ratio = timings[fastest].RatioTo(timings[rule]);
        return ratio.Median <= 1 - margin && ratio.High < 1 ? (right[fastest], ratio.Median) : (right[rule], 1);
    }
}
