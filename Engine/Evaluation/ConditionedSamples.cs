using KernelDiff.Engine.Conditioning;
using KernelDiff.Engine.Diffusion;
using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Models;
using KernelDiff.Engine.Sampling;
using KernelDiff.Engine.Tensors;
using KernelDiff.Engine.Training;

namespace KernelDiff.Engine.Evaluation;

/// <summary>Which conditions of a face an image is sampled for.</summary>
public enum ConditionMode
{
    Both,
    Mask,
    Attributes,
    None,
}

/// <summary>Images sampled for the masks and attributes of real faces.</summary>
public static class ConditionedSamples
{
    /// <summary>Samples an image for each of a number of faces; image i of a seed is the same in any batch.</summary>
    /// <param name="model">Samples.</param>
    /// <param name="faces">The first of them give the conditions; of the model's image size.</param>
    /// <param name="first">The first face.</param>
    /// <param name="count">Faces.</param>
    /// <param name="mode">Which conditions count.</param>
    /// <param name="settings">Sampler, steps, guidance.</param>
    /// <param name="seed">Of the noise.</param>
    /// <param name="progress">Called after each step; it may throw to cancel.</param>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public static IReadOnlyList<RgbImage> Sample(
        FaceModel model,
        IFaceSource faces,
        int first,
        int count,
        ConditionMode mode,
        SamplingSettings settings,
        ulong seed,
        Action<SamplingProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(faces);
        var configuration = model.Configuration;
        using var scope = model.Session.BeginWithoutGradient();
        var latents = FaceSampler.Sample(
            model.Session,
            model.Network,
            model.Schedule,
            new TensorShape(count, configuration.LatentSize, configuration.LatentSize, configuration.FirstStage.LatentChannels),
            Conditions(faces, first, count, configuration.Conditioning.MaskSize, mode),
            settings,
            [.. Enumerable.Range(first, count).Select(index => new NoiseOrigin(seed, index))],
            progress);
        var size = configuration.ImageSize;
        var pixels = ImagePixels.FromTensor(model.Decode(latents));
        var bytes = size * size * 3;
        return [.. Enumerable.Range(0, count).Select(i => new RgbImage(size, size, pixels[(i * bytes)..((i + 1) * bytes)]))];
    }

    private static ConditionBatch Conditions(IFaceSource faces, int first, int count, int maskSize, ConditionMode mode)
    {
        var conditions = new ConditionBatch(count, maskSize);
        var labels = new byte[maskSize * maskSize];
        for (var i = 0; i < count; i++)
        {
            if (mode is ConditionMode.Both or ConditionMode.Mask)
            {
                faces.ReadLabels([new TrainingDraw(first + i, false)], maskSize, labels);
                conditions.SetMask(i, labels);
            }

            if (mode is ConditionMode.Both or ConditionMode.Attributes)
            {
                conditions.SetAttributes(i, faces.Attributes(first + i));
            }
        }

        return conditions;
    }
}
