using KernelDiff.Engine.Profiling;

namespace KernelDiff.Runner.Commands;

/// <summary>A profile against an older one.</summary>
/// <param name="Against">The file of the older one.</param>
/// <param name="Threshold">The ratio from which on a kernel has become slower.</param>
/// <param name="TotalRatio">Over all shapes that both have; null if there are none.</param>
/// <param name="Kernels">By variant, or by shape where these were asked for; first those of this profile, longest first.</param>
internal sealed record ProfileComparison(string Against, double Threshold, double? TotalRatio, IReadOnlyList<KernelRatio> Kernels)
{
    /// <summary>The part of the time from which on a kernel decides about the exit code: shorter ones are noise.</summary>
    public const double LeastShare = 0.01;

    /// <summary>Whether the whole, or a kernel that matters, takes longer than the threshold allows.</summary>
    public bool HasRegressed => TotalRatio > Threshold || Kernels.Any(kernel => kernel.HasRegressed);

    /// <summary>
    /// Compares medians shape by shape, each weighted by the calls of the newer profile, so that a longer run of the same command has the
    /// same ratios.
    /// </summary>
    public static ProfileComparison Of(ProfileDocument old, ProfileDocument now, string against, double threshold, bool byShape)
    {
        var before = Entries(old.Kernels).GroupBy(entry => entry.Key).ToDictionary(group => group.Key, group => group.First());
        var after = Entries(now.Kernels).ToList();
        var matched = after.Select(entry => (Now: entry, Old: before.GetValueOrDefault(entry.Key))).ToList();
        var ratios = matched
            .GroupBy(pair => pair.Now.Key.Group(byShape))
            .Select(group => Compare(group.Key, [.. group], threshold))
            .OrderByDescending(ratio => ratio.Share)
            .ToList();
        var present = ratios.Select(ratio => (ratio.Operation, ratio.Variant, ratio.Shape)).ToHashSet();
        ratios.AddRange(before.Keys
            .Select(key => key.Group(byShape))
            .Where(present.Add)
            .Select(key => new KernelRatio(key.Operation, key.Variant, key.Shape, 0, null, null, null, false)));
        return new ProfileComparison(against, threshold, Compare(default, matched, threshold).Ratio, ratios);
    }

    private static KernelRatio Compare(
        (string Operation, string Variant, string? Shape) key, List<(Entry Now, Entry? Old)> pairs, double threshold)
    {
        var share = pairs.Sum(pair => pair.Now.Statistics.Share);
        var common = pairs.Where(pair => pair.Old is not null).ToList();
        if (common.Count == 0)
        {
            return new KernelRatio(key.Operation, key.Variant, key.Shape, share, null, pairs.Sum(pair => Seconds(pair.Now, pair.Now)), null, false);
        }

        var (before, after) = (common.Sum(pair => Seconds(pair.Old!, pair.Now)), common.Sum(pair => Seconds(pair.Now, pair.Now)));
        var ratio = after / before;
        return new KernelRatio(
            key.Operation, key.Variant, key.Shape, share, before, after, ratio, share >= LeastShare && ratio > threshold);
    }

    /// <summary>The calls of one profile at the median of another.</summary>
    private static double Seconds(Entry timed, Entry counted) =>
        Math.Max(timed.Statistics.MedianSeconds, 1e-9) * counted.Statistics.Calls;

    private static IEnumerable<Entry> Entries(IEnumerable<KernelProfile> kernels) =>
        from kernel in kernels
        from shape in kernel.Shapes
        let calls = Math.Max(1, shape.Statistics.Calls)
        select new Entry(
            new Key(
                kernel.Operation,
                kernel.Variant,
                shape.Shape,
                shape.Statistics.Bytes / calls,
                shape.Statistics.FloatingPointOperations / calls),
            shape.Statistics);

    /// <summary>What makes two launches the same work.</summary>
    private sealed record Key(string Operation, string Variant, string Shape, long Bytes, long FloatingPointOperations)
    {
        public (string Operation, string Variant, string? Shape) Group(bool byShape) => (Operation, Variant, byShape ? Shape : null);
    }

    private sealed record Entry(Key Key, LaunchStatistics Statistics);
}

/// <summary>A kernel in two profiles.</summary>
/// <param name="Operation">Name in the registry.</param>
/// <param name="Variant">Name of the variant.</param>
/// <param name="Shape">Null where all shapes are taken together.</param>
/// <param name="Share">Part of the time in the newer profile; 0 if it has no such kernel.</param>
/// <param name="OldSeconds">This profile's calls at the older one's medians; null if the older one has no such shape.</param>
/// <param name="NewSeconds">The same calls at this profile's medians; null if it has none.</param>
/// <param name="Ratio">New by old; null unless both have it.</param>
/// <param name="HasRegressed">Whether the ratio is above the threshold and the share large enough to matter.</param>
internal sealed record KernelRatio(
    string Operation,
    string Variant,
    string? Shape,
    double Share,
    double? OldSeconds,
    double? NewSeconds,
    double? Ratio,
    bool HasRegressed);
