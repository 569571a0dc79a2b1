namespace KernelDiff.Engine.Files;

/// <summary>The limits that every reader and writer puts on shapes.</summary>
internal static class TensorShape
{
    /// <summary>The most dimensions a tensor may have, which is PyTorch's own limit.</summary>
    public const int MaximumRank = 64;

    /// <summary>
    /// The number of elements, or null where a dimension is negative or the product (or a single dimension) is beyond 2^31-1, the most
    /// that one tensor may hold throughout the engine.
    /// </summary>
    public static int? CountElements(ReadOnlySpan<long> shape)
    {
        // A zero anywhere makes the product zero, also beside dimensions whose product would overflow.
        long count = 1;
        bool isEmpty = false;
        foreach (long dimension in shape)
        {
            if (dimension is < 0 or > int.MaxValue)
                return null;
            isEmpty |= dimension == 0;
        }

        foreach (long dimension in shape)
        {
            count = isEmpty ? 0 : count * dimension;
            if (count > int.MaxValue)
                return null;
        }

        return (int)count;
    }
}
