namespace KernelDiff.Engine.Verification;

/// <summary>How one tensor of a fixture compares.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Error">Largest difference over the largest expected magnitude, floored by the group's.</param>
/// <param name="Tolerance">The most that passes, before the user's factor.</param>
/// <param name="Fault">Why it could not be compared, or null.</param>
public sealed record TensorComparison(string Name, double Error, double Tolerance, string? Fault)
{
    public bool Passes(double factor) => Fault is null && Error <= Tolerance * factor;
}

/// <summary>The comparison rule of fixtures.</summary>
/// <remarks>
/// Some gradients are zero in exact arithmetic (a key's bias, a bias before a norm of one-channel groups) and hold rounding noise only,
/// so the scale of a tensor is at least a thousandth of the median scale of its group. Where a recorded gradient is that noise, it is no
/// reference (an exact zero would differ from it by more than the tolerance): what was found is compared with zero instead.
/// </remarks>
internal sealed class FixtureComparison(FixtureFile fixture)
{
    private const double FloorOfMedian = 1e-3;

    /// <summary>
    /// Part of the floor below which a recorded gradient is noise. Recordings of gradients that are zero in exact arithmetic reach 1.5e-3 of
    /// it, the smallest of others 0.36.
    /// </summary>
    private const double LargestNoise = 2e-3;

    private const string Gradients = "grads/";

    private readonly Dictionary<string, float[]> found = [];
    private readonly Dictionary<string, Func<float[], float[], double, double>> rules = [];

    /// <summary>Hands over a result, in the file's order.</summary>
    public void Add(string name, float[] values) => found[name] = values;

    /// <summary>As <see cref="Add(string, float[])"/>, with a rule of its own: found, expected, scale to error.</summary>
    public void Add(string name, float[] values, Func<float[], float[], double, double> rule)
    {
        found[name] = values;
        rules[name] = rule;
    }

    /// <summary>Compares everything that the fixture records; what was not computed is a fault.</summary>
    /// <param name="toleranceOf">Tolerance by name.</param>
    public IReadOnlyList<TensorComparison> Compare(Func<string, double> toleranceOf)
    {
        var expected = fixture.File.Tensors
            .Where(tensor => tensor.Name.StartsWith("outputs/", StringComparison.Ordinal) || tensor.Name.StartsWith(Gradients, StringComparison.Ordinal))
            .ToDictionary(tensor => tensor.Name, tensor => fixture.File.ReadSingle(tensor));
        var floors = expected
            .GroupBy(entry => GroupOf(entry.Key))
            .ToDictionary(group => group.Key, group => FloorOfMedian * Median([.. group.Select(entry => Magnitude(entry.Value))]));
        return [.. expected.Select(entry => CompareOne(entry.Key, entry.Value, floors[GroupOf(entry.Key)], toleranceOf(entry.Key)))];
    }

    /// <summary>Largest difference over the scale.</summary>
    public static double LargestDifference(float[] values, float[] expected, double scale)
    {
        var largest = 0.0;
        for (var i = 0; i < expected.Length; i++)
        {
            var difference = Math.Abs((double)values[i] - expected[i]);
            if (double.IsNaN(difference))
            {
                return double.PositiveInfinity;
            }

            largest = Math.Max(largest, difference);
        }

        return largest == 0 ? 0 : largest / scale;
    }

    private TensorComparison CompareOne(string name, float[] expected, double floor, double tolerance)
    {
        if (!found.TryGetValue(name, out var values))
        {
            return new TensorComparison(name, double.PositiveInfinity, tolerance, "was not computed");
        }

        if (values.Length != expected.Length)
        {
            return new TensorComparison(
                name, double.PositiveInfinity, tolerance, $"has {values.Length} elements, {expected.Length} were recorded");
        }

        var rule = rules.GetValueOrDefault(name, LargestDifference);
        var magnitude = Magnitude(expected);
        var isNoise = name.StartsWith(Gradients, StringComparison.Ordinal) && magnitude < LargestNoise * floor;
        return new TensorComparison(
            name, rule(values, isNoise ? new float[expected.Length] : expected, Math.Max(magnitude, floor)), tolerance, null);
    }

    private static string GroupOf(string name)
    {
        foreach (var group in new[] { "outputs/weights/", "outputs/ema/", "grads/inputs/", "grads/weights/", "outputs/" })
        {
            if (name.StartsWith(group, StringComparison.Ordinal))
            {
                return group;
            }
        }

        return Gradients;
    }

    private static double Magnitude(float[] values) => values.Length == 0 ? 0 : values.Max(value => Math.Abs((double)value));

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values.Length % 2 == 1
            ? values[values.Length / 2]
            : (values[(values.Length / 2) - 1] + values[values.Length / 2]) / 2;
    }
}
