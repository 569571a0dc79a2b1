namespace KernelDiff.Engine.Configuration;

/// <summary>The parts of a model that can be used on their own.</summary>
public enum ModelPart
{
    /// <summary>The prediction of the noise in a latent.</summary>
    UNet,

    /// <summary>Image to latent.</summary>
    Encoder,

    /// <summary>Latent to image, through the quantiser where there is one.</summary>
    Decoder,
}
