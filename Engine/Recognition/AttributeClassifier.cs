using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Data;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Recognition;

/// <summary>Tells which attributes a face has.</summary>
public sealed class AttributeClassifier : IDisposable
{
    private const int Batch = 16;

    private readonly int[] indices;

    private AttributeClassifier(RecognitionModel model)
    {
        Model = model;
        indices = [.. model.Layers.Attributes!.Select(FaceAttributes.IndexOf)];
    }

    public RecognitionModel Model { get; }

    /// <summary>Loads a classifier.</summary>
    /// <param name="session">Stays the caller's.</param>
    /// <param name="path">A file of <c>train classifier</c>, or any weight file with a layer list.</param>
    /// <param name="layersPath">Its layer list; null for that of the file's metadata.</param>
    /// <exception cref="WeightFileException">The file cannot be read, or its tensors are not those of the layers.</exception>
    /// <exception cref="ConfigurationException">The layer list cannot be used, or is not a classifier's.</exception>
    public static AttributeClassifier Load(Session session, string path, string? layersPath = null)
    {
        var model = RecognitionModel.Load(session, path, layersPath);
        if (model.Layers.Attributes is not null)
        {
            return new AttributeClassifier(model);
        }

        model.Dispose();
        throw new ConfigurationException(layersPath ?? path, "the layer list is that of a parser, where a classifier is needed.");
    }

    /// <summary>The attributes that the network sees; unspecified where it does not know an attribute.</summary>
    /// <returns>40 states for each picture.</returns>
    public IReadOnlyList<AttributeState[]> Classify(IReadOnlyList<RgbImage> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        var states = new List<AttributeState[]>(images.Count);
        foreach (var chunk in images.Chunk(Batch))
        {
            using var scope = Model.Session.BeginWithoutGradient();
            var logits = Model.Run(chunk).ToArray();
            for (var i = 0; i < chunk.Length; i++)
            {
                states.Add(Decide(logits.AsSpan(i * indices.Length, indices.Length)));
            }
        }

        return states;
    }

    public void Dispose() => Model.Dispose();

    private AttributeState[] Decide(ReadOnlySpan<float> logits)
    {
        var found = new AttributeState[FaceAttributes.Count];
        Array.Fill(found, AttributeState.Unspecified);
        for (var i = 0; i < indices.Length; i++)
        {
            var probability = 1 / (1 + MathF.Exp(-logits[i]));
            found[indices[i]] = probability >= (Model.Layers.Thresholds?[i] ?? 0.5f) ? AttributeState.Yes : AttributeState.No;
        }

        return found;
    }
}
