using KernelDiff.Engine.Conditioning;
using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Data;
using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Models;
using KernelDiff.Engine.Sampling;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Training;

/// <summary>The grids that a training draws now and then, always of the same images and noise, so that progress shows.</summary>
internal static class TrainingSamples
{
    private const int Columns = 8;
    private const int Steps = 20;

    /// <summary>Images of the training set above their reconstructions.</summary>
    public static RgbImage Reconstructions(Session session, ModelConfiguration model, FirstStage firstStage, IImageSource data)
    {
        using var scope = session.BeginWithoutGradient();
        var draws = Enumerable.Range(0, Math.Min(Columns, data.Count)).Select(image => new TrainingDraw(image, false)).ToArray();
        var pixels = new byte[draws.Length * model.ImageSize * model.ImageSize * 3];
        data.Read(draws, pixels);
        var reconstructed = new byte[pixels.Length];
        var size = pixels.Length / draws.Length;
        for (var i = 0; i < draws.Length; i++)
        {
            using var one = session.BeginWithoutGradient();
            var image = ImagePixels.ToTensor(session, pixels.AsSpan(i * size, size), 1, model.ImageSize);
            ImagePixels.FromTensor(firstStage.Decode(firstStage.Encode(image))).CopyTo(reconstructed, i * size);
        }

        return Grid(model.ImageSize, draws.Length, pixels, reconstructed);
    }

    /// <summary>Masks of the training set above the reconstruction of their images and a sample for mask and attributes.</summary>
    public static RgbImage Diffusion(
        Session session, ModelConfiguration model, ConditionedUNet network, FirstStage firstStage, ILatentSource data, ulong seed)
    {
        using var scope = session.BeginWithoutGradient();
        var count = Math.Min(Columns, data.Count);
        var shape = new TensorShape(count, model.LatentSize, model.LatentSize, model.FirstStage.LatentChannels);
        var conditions = new ConditionBatch(count, model.Conditioning.MaskSize);
        var latents = new float[shape.Elements];
        var labels = new byte[conditions.MaskSize * conditions.MaskSize];
        for (var i = 0; i < count; i++)
        {
            data.Read(i, false, latents.AsSpan(i * (shape.Elements / count), shape.Elements / count), labels);
            conditions.SetMask(i, labels);
            conditions.SetAttributes(i, data.Attributes(i));
        }

        var sampled = FaceSampler.Sample(
            session,
            network,
            model.Diffusion.Build(),
            shape,
            conditions,
            new SamplingSettings { Steps = Math.Min(Steps, model.Diffusion.Timesteps) },
            [.. Enumerable.Range(0, count).Select(index => new NoiseOrigin(seed, index))]);
        var decoded = Elementwise.Affine(sampled, (float)(1 / model.Diffusion.ScaleFactor!.Value));
        return Grid(
            model.ImageSize,
            count,
            Masks(conditions, model.ImageSize),
            ImagePixels.FromTensor(firstStage.Decode(session.FromValues<float>(latents, shape))),
            ImagePixels.FromTensor(firstStage.Decode(decoded)));
    }

    /// <summary>The maps in the palette's colours, at the images' size.</summary>
    private static byte[] Masks(ConditionBatch conditions, int size)
    {
        var pixels = conditions.MaskSize * conditions.MaskSize;
        return [.. Enumerable.Range(0, conditions.Count).SelectMany(image =>
        {
            var map = new LabelMask(conditions.MaskSize, conditions.MaskSize, conditions.Labels.Slice(image * pixels, pixels).ToArray());
            return MaskColors.Paint(Resizing.ToSquare(map, size)).Pixels;
        })];
    }

    /// <summary>Rows of square images on white.</summary>
    /// <param name="size">Edge of an image.</param>
    /// <param name="columns">Images in a row.</param>
    /// <param name="rows">[columns][size][size][3] each.</param>
    public static RgbImage Grid(int size, int columns, params byte[][] rows)
    {
        var grid = new ImageGrid(size);
        foreach (var row in rows)
        {
            grid.AddRow(null, ImagePixels.Split(row, columns, size));
        }

        return grid.Render();
    }
}
