namespace KernelDiff.Engine.Networks;

/// <summary>
/// The largest networks that are built: far beyond any published one, and small enough that a hostile configuration in a model file costs
/// neither time nor memory before it is refused.
/// </summary>
internal static class NetworkLimits
{
    public const int Channels = 1 << 16;
    public const int Entries = 1 << 24;
    public const int ImageSize = 1 << 14;
    public const int Levels = 8;
    public const int Blocks = 16;
    public const int TransformerDepth = 16;

    /// <summary>Whether a value is from 1 to a limit.</summary>
    public static bool Allows(int limit, params ReadOnlySpan<int> values)
    {
        foreach (var value in values)
        {
            if (value < 1 || value > limit)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether every level's width is allowed.</summary>
    public static bool AllowsWidths(int channels, ReadOnlySpan<int> multipliers)
    {
        foreach (var multiplier in multipliers)
        {
            if (multiplier < 1 || (long)channels * multiplier > Channels)
            {
                return false;
            }
        }

        return multipliers.Length is >= 1 and <= Levels;
    }
}
