using KernelDiff.Engine.Data;

namespace KernelDiff.Engine.Training;

/// <summary>The training set of a diffusion model: latents, label maps, attributes.</summary>
public interface ILatentSource
{
    /// <summary>Images.</summary>
    int Count { get; }

    /// <summary>Names images, sizes and what encoded them: sets with the same fingerprint are the same.</summary>
    string Fingerprint { get; }

    /// <summary>Reads the latent of an image and its label map.</summary>
    /// <param name="image">0 to <see cref="Count"/> - 1.</param>
    /// <param name="isMirrored">Whether the mirror image is meant, with left and right classes swapped.</param>
    /// <param name="latent">[height][width][channels], as the first stage encodes it, not scaled.</param>
    /// <param name="labels">[mask size][mask size].</param>
    void Read(int image, bool isMirrored, Span<float> latent, Span<byte> labels);

    /// <summary>The 40 attributes of an image.</summary>
    ReadOnlySpan<AttributeState> Attributes(int image);
}
