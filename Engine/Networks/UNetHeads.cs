namespace KernelDiff.Engine.Networks;

/// <summary>
/// How channels are divided among attention heads. As in the reference, the number of heads found at one width is what later ones start
/// from when only a number is configured.
/// </summary>
internal sealed class UNetHeads(UNetConfiguration configuration)
{
    /// <summary>Number and width of the heads of a spatial transformer.</summary>
    public (int Heads, int Width) At(int channels)
    {
        var heads = configuration.HeadChannels > 0 ? channels / configuration.HeadChannels : configuration.Heads;
        if (heads <= 0 || channels % heads != 0)
        {
            throw new ArgumentException($"The UNet's configuration: {channels} channels cannot be divided among {heads} heads.");
        }

        return (heads, configuration.HeadChannels > 0 && !configuration.Legacy ? configuration.HeadChannels : channels / heads);
    }

    /// <summary>Number of heads of an attention block.</summary>
    public int OfAttentionBlock(int channels, bool isUpsampling) =>
        configuration.HeadChannels > 0
            ? channels / configuration.HeadChannels
            : isUpsampling && configuration.HeadsUpsampling > 0 ? configuration.HeadsUpsampling : configuration.Heads;
}
