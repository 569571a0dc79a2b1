namespace KernelDiff.Kernels.Pointwise;

/// <summary>Checks of the scalar arguments of this family.</summary>
internal static class Constant
{
    /// <exception cref="ArgumentException">The value is infinite or NaN.</exception>
    public static void Finite(string name, float value)
    {
        if (!float.IsFinite(value))
        {
            throw new ArgumentException($"The argument '{name}' is {value}; it must be finite.");
        }
    }

    /// <exception cref="ArgumentException">The bounds are in the wrong order, or one is NaN.</exception>
    public static void Ordered(float low, float high)
    {
        if (!(low <= high))
        {
            throw new ArgumentException($"The lower bound {low} is not at most the upper bound {high}.");
        }
    }
}
