namespace KernelDiff.Kernels.Cases;

/// <summary>Fills an input of a case. Operands are filled in their order, so a fill may read the values of those before it.</summary>
/// <param name="values">The operands that are filled already.</param>
/// <param name="random">Seeded by the name of the case and of the operand.</param>
/// <param name="destination">The elements to fill; they are rounded to the operand's type afterwards.</param>
public delegate void Fill(CaseValues values, Random random, Span<double> destination);

/// <summary>The fills that most cases use.</summary>
public static class Fills
{
    /// <summary>Independent normal values.</summary>
    public static Fill Normal(double mean = 0, double deviation = 1) => (_, random, destination) =>
    {
        foreach (ref var element in destination)
        {
            var radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            element = mean + (deviation * radius * Math.Cos(2 * Math.PI * random.NextDouble()));
        }
    };

    /// <summary>Independent values, uniform in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public static Fill Uniform(double low, double high) => (_, random, destination) =>
    {
        foreach (ref var element in destination)
        {
            element = low + ((high - low) * random.NextDouble());
        }
    };

    /// <summary>Independent integers, uniform in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public static Fill Integers(int low, int high) => (_, random, destination) =>
    {
        foreach (ref var element in destination)
        {
            element = random.Next(low, high);
        }
    };

    /// <summary>
    /// Values at least <paramref name="margin"/> away from every multiple of it that has a kink: for finite differences of ReLU,
    /// abs, max and the like.
    /// </summary>
    public static Fill AwayFromZero(double margin) => (_, random, destination) =>
    {
        foreach (ref var element in destination)
        {
            var magnitude = margin + (2 * random.NextDouble());
            element = random.Next(2) == 0 ? magnitude : -magnitude;
        }
    };

    public static Fill Constant(double value) => (_, _, destination) => destination.Fill(value);

    /// <summary>The given values, repeated as often as needed.</summary>
    public static Fill Values(params double[] values) => (_, _, destination) =>
    {
        for (var i = 0; i < destination.Length; i++)
        {
            destination[i] = values[i % values.Length];
        }
    };

    /// <summary>Values computed in double precision from the operands before, such as statistics saved by a forward pass.</summary>
    public static Fill Derived(Func<CaseValues, double[]> compute) => (values, _, destination) => compute(values).CopyTo(destination);
}
