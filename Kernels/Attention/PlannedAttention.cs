using System.Globalization;
using System.Text.RegularExpressions;
using KernelDiff.Kernels.Plans;

namespace KernelDiff.Kernels.Attention;

/// <summary>How plans tell attention apart: by the sizes for one image, however the operands are laid out.</summary>
internal readonly partial record struct PlannedAttention(int Queries, int Keys, int Heads, int HeadWidth) : IPlannedShape<PlannedAttention>
{
    public static PlannedShapes<AttentionArguments> Forward { get; } = new PlannedShapes<AttentionArguments, PlannedAttention>(
        arguments => new PlannedAttention(arguments.Queries, arguments.Keys, arguments.Heads, arguments.HeadWidth),
        planned => new AttentionArguments
        {
            Query = default,
            Key = default,
            Value = default,
            Output = default,
            QueryLayout = planned.QueryLayout,
            KeyLayout = planned.KeyLayout,
            ValueLayout = planned.KeyLayout,
            OutputLayout = planned.QueryLayout,
            Batch = 1,
            Heads = planned.Heads,
            Queries = planned.Queries,
            Keys = planned.Keys,
            HeadWidth = planned.HeadWidth,
            Scale = 1,
        },
        (planned, batch) => AttentionCases.OfLayer(planned.At(batch)));

    public static PlannedShapes<AttentionBackwardArguments> Backward { get; } = new PlannedShapes<AttentionBackwardArguments, PlannedAttention>(
        arguments => new PlannedAttention(arguments.Queries, arguments.Keys, arguments.Heads, arguments.HeadWidth),
        planned => new AttentionBackwardArguments
        {
            Query = default,
            Key = default,
            Value = default,
            Output = default,
            LogSumExp = default,
            OutputGradient = default,
            QueryGradient = default,
            KeyGradient = default,
            ValueGradient = default,
            QueryLayout = planned.QueryLayout,
            KeyLayout = planned.KeyLayout,
            ValueLayout = planned.KeyLayout,
            OutputLayout = planned.QueryLayout,
            OutputGradientLayout = planned.QueryLayout,
            QueryGradientLayout = planned.QueryLayout,
            KeyGradientLayout = planned.KeyLayout,
            ValueGradientLayout = planned.KeyLayout,
            Batch = 1,
            Heads = planned.Heads,
            Queries = planned.Queries,
            Keys = planned.Keys,
            HeadWidth = planned.HeadWidth,
            Scale = 1,
        },
        (planned, batch) => AttentionCases.OfLayerBackward(planned.At(batch)));

    private AttentionLayout QueryLayout => AttentionLayout.Dense(Queries, Heads, HeadWidth);

    private AttentionLayout KeyLayout => AttentionLayout.Dense(Keys, Heads, HeadWidth);

    public static bool TryParse(string text, out PlannedAttention shape)
    {
        shape = default;
        var match = Text().Match(text);
        if (!match.Success)
        {
            return false;
        }

        shape = new PlannedAttention(Number("queries"), Number("keys"), Number("heads"), Number("width"));
        return Math.Min(Math.Min(shape.Queries, shape.Keys), shape.Heads) > 0 && shape.HeadWidth is > 0 and <= AttentionArguments.MaximumHeadWidth
            && (long)Math.Max(shape.Queries, shape.Keys) * shape.Heads * shape.HeadWidth <= int.MaxValue;

        int Number(string group) => int.Parse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    /// <summary>For example <c>1024x77 h14 d32</c>.</summary>
    public string Describe() => string.Create(CultureInfo.InvariantCulture, $"{Queries}x{Keys} h{Heads} d{HeadWidth}");

    private AttentionProblem At(int batch) => new(Heads, Queries, Keys, HeadWidth, AttentionArrangement.Separate) { Batch = batch };

    [GeneratedRegex(
        @"\A(?<queries>\d{1,7})x(?<keys>\d{1,7}) h(?<heads>\d{1,5}) d(?<width>\d{1,3})\z",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Text();
}
