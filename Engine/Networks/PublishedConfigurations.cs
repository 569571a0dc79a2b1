namespace KernelDiff.Engine.Networks;

/// <summary>Configurations that CompVis latent-diffusion published for faces of 256 x 256 pixels (CelebA-HQ).</summary>
public static class PublishedConfigurations
{
    /// <summary>The unconditional UNet on latents of 64 x 64 x 3: 274,056,163 parameters.</summary>
    public static UNetConfiguration CelebAHqUNet => new()
    {
        ImageSize = 64,
        InputChannels = 3,
        OutputChannels = 3,
        ModelChannels = 224,
        AttentionResolutions = [8, 4, 2],
        ResidualBlocks = 2,
        ChannelMultipliers = [1, 2, 3, 4],
        HeadChannels = 32,
    };

    /// <summary>The same UNet with cross-attention on context tokens, as the published conditional models have it.</summary>
    /// <param name="contextChannels">Channels of a token.</param>
    public static UNetConfiguration CelebAHqConditionalUNet(int contextChannels) =>
        CelebAHqUNet with { SpatialTransformer = true, ContextChannels = contextChannels };

    /// <summary>The first stage vq-f4: images to latents a quarter as wide and high, 8192 codewords of 3 channels.</summary>
    public static VqAutoencoderConfiguration VqF4 => new()
    {
        Encoder = new EncoderConfiguration
        {
            DoubleLatent = false,
            LatentChannels = 3,
            Resolution = 256,
            InputChannels = 3,
            OutputChannels = 3,
            Channels = 128,
            ChannelMultipliers = [1, 2, 4],
            ResidualBlocks = 2,
        },
        Codewords = 8192,
        LatentChannels = 3,
    };
}
