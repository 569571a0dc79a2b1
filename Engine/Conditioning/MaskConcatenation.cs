using KernelDiff.Engine.Data;
using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Conditioning;

/// <summary>
/// The mask as further channels of the latent (latent-diffusion's hybrid mode): all labels that fall on a latent pixel through one linear
/// layer, so that edges finer than a latent pixel are seen.
/// </summary>
internal sealed class MaskConcatenation : Module
{
    private readonly int latentSize;
    private readonly int patch;
    private readonly int channels;
    private readonly OneHotProjection projection;
    private readonly SourceSwitch source;

    public MaskConcatenation(int maskSize, int latentSize, int channels)
    {
        this.latentSize = latentSize;
        this.channels = channels;
        patch = maskSize / latentSize;
        projection = Add("projection", new OneHotProjection(patch * patch * FaceClasses.Count, patch * patch, channels));
        source = Add("source", new SourceSwitch(new TensorShape(channels)));
    }

    /// <returns>[batch, latent size, latent size, channels].</returns>
    public Tensor Forward(Session session, ConditionBatch conditions)
    {
        var squares = projection.Forward(OneHotMaps.ByPatch(session, conditions, patch));
        return source.Forward(
            Structure.Reshape(squares, conditions.Count, latentSize, latentSize, channels), conditions.HasMask);
    }
}
