using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Functional;
using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Recognition;

/// <summary>Tells the class of every pixel of a face.</summary>
public sealed class FaceParser : IDisposable
{
    private const int Batch = 4;

    private FaceParser(RecognitionModel model)
    {
        Model = model;
    }

    public RecognitionModel Model { get; }

    /// <summary>Loads a parser.</summary>
    /// <param name="session">Stays the caller's.</param>
    /// <param name="path">A safetensors or PyTorch file.</param>
    /// <param name="layersPath">Its layer list; null for that of the file's metadata, else <see cref="LayerList.FaceParsingUNet"/>.</param>
    /// <exception cref="WeightFileException">The file cannot be read, or its tensors are not those of the layers.</exception>
    /// <exception cref="ConfigurationException">The layer list cannot be used, or is not a parser's.</exception>
    public static FaceParser Load(Session session, string path, string? layersPath = null)
    {
        var model = RecognitionModel.Load(session, path, layersPath, LayerList.FaceParsingUNet);
        if (model.Layers.Classes is not null)
        {
            return new FaceParser(model);
        }

        model.Dispose();
        throw new ConfigurationException(layersPath ?? path, "the layer list is that of a classifier, where a parser is needed.");
    }

    /// <summary>The classes that the network sees.</summary>
    /// <param name="images">Of one size.</param>
    /// <returns>Maps of the pictures' size.</returns>
    public IReadOnlyList<LabelMask> Parse(IReadOnlyList<RgbImage> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        var masks = new List<LabelMask>(images.Count);
        foreach (var chunk in images.Chunk(Batch))
        {
            using var scope = Model.Session.BeginWithoutGradient();
            var scores = Model.Run(chunk);
            var (height, width) = (scores.Shape[1], scores.Shape[2]);
            var channels = Reductions.ArgMax(scores, 3).Int32.ToArray();
            for (var i = 0; i < chunk.Length; i++)
            {
                var labels = Array.ConvertAll(channels[(i * height * width)..((i + 1) * height * width)], channel => (byte)Model.Layers.Classes![channel]);
                masks.Add(Resizing.Resize(new LabelMask(width, height, labels), chunk[i].Width, chunk[i].Height));
            }
        }

        return masks;
    }

    public void Dispose() => Model.Dispose();
}
