namespace KernelDiff.Engine.Imaging;

/// <summary>Of which source pixels, in which shares, a pixel along one axis is made.</summary>
internal static class AxisWeights
{
    /// <summary>First source pixel and shares (sum 1) for each of the <paramref name="target"/> pixels.</summary>
    public static (int First, float[] Weights)[] Of(int source, int target)
    {
        var weights = new (int, float[])[target];
        for (var i = 0; i < target; i++)
        {
            weights[i] = source >= target ? Area(source, target, i) : Linear(source, target, i);
        }

        return weights;
    }

    private static (int First, float[] Weights) Area(int source, int target, int index)
    {
        var (start, end) = ((double)index * source / target, (double)(index + 1) * source / target);
        var first = (int)start;
        var last = Math.Min(source - 1, (int)Math.Ceiling(end) - 1);
        var shares = new float[last - first + 1];
        for (var i = first; i <= last; i++)
        {
            shares[i - first] = (float)((Math.Min(i + 1, end) - Math.Max(i, start)) / (end - start));
        }

        return (first, shares);
    }

    private static (int First, float[] Weights) Linear(int source, int target, int index)
    {
        var position = Math.Clamp(((index + 0.5) * source / target) - 0.5, 0, source - 1);
        var first = Math.Min((int)position, Math.Max(0, source - 2));
        var part = (float)(position - first);
        return source == 1 ? (0, [1]) : (first, [1 - part, part]);
    }
}
