using System.Globalization;
using System.Text.RegularExpressions;
using KernelDiff.Kernels.Cases;
using KernelDiff.Kernels.Plans;

namespace KernelDiff.Kernels.Normalization;

/// <summary>How plans tell group normalisations apart: by the sizes of one image, whatever scale, shift and activation go with it.</summary>
internal readonly partial record struct PlannedGroupNorm(int Pixels, int Channels, int Groups) : IPlannedShape<PlannedGroupNorm>
{
    public static PlannedShapes<GroupNormArguments> Forward { get; } = new PlannedShapes<GroupNormArguments, PlannedGroupNorm>(
        arguments => new PlannedGroupNorm(arguments.Pixels, arguments.Channels, arguments.Groups),
        planned => new GroupNormArguments
        {
            Input = default,
            Output = default,
            Batch = 1,
            Pixels = planned.Pixels,
            Channels = planned.Channels,
            Groups = planned.Groups,
            Epsilon = GroupNormSetup.Epsilon,
        },
        (planned, batch) => GroupNormCases.Forward(planned.At(batch)));

    public static PlannedShapes<GroupNormBackwardArguments> Backward { get; } = new PlannedShapes<GroupNormBackwardArguments, PlannedGroupNorm>(
        arguments => new PlannedGroupNorm(arguments.Pixels, arguments.Channels, arguments.Groups),
        planned => new GroupNormBackwardArguments
        {
            Input = default,
            Mean = default,
            ReciprocalDeviation = default,
            OutputGradient = default,
            Batch = 1,
            Pixels = planned.Pixels,
            Channels = planned.Channels,
            Groups = planned.Groups,
        },
        (planned, batch) => GroupNormBackwardCases.OfLayer(planned.At(batch)));

    public static bool TryParse(string text, out PlannedGroupNorm shape)
    {
        shape = default;
        var match = Text().Match(text);
        if (!match.Success)
        {
            return false;
        }

        shape = new PlannedGroupNorm(Number("pixels"), Number("channels"), Number("groups"));
        return shape.Pixels > 0 && shape.Groups > 0 && shape.Channels > 0 && shape.Channels % shape.Groups == 0
            && (long)shape.Pixels * shape.Channels <= int.MaxValue;

        int Number(string group) => int.Parse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    /// <summary>For example <c>4096x224 groups 32</c>.</summary>
    public string Describe() => string.Create(CultureInfo.InvariantCulture, $"{Pixels}x{Channels} groups {Groups}");

    private GroupNormSetup At(int batch) => new(batch, Pixels, Channels, Groups) { Silu = true, Scale = CaseScale.Benchmark };

    [GeneratedRegex(
        @"\A(?<pixels>\d{1,9})x(?<channels>\d{1,7}) groups (?<groups>\d{1,7})\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Text();
}
