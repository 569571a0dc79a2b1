using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Models;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Recognition;

/// <summary>A network that reads faces with its weights, and how pictures are brought to it.</summary>
public sealed class RecognitionModel : IDisposable
{
    /// <summary>Key of the layer list, a JSON document, in the metadata of files that our own training wrote.</summary>
    public const string LayersKey = "kerneldiff.layers";

    private readonly ParameterArena arena;

    private RecognitionModel(Session session, LayerList layers, string hash)
    {
        Session = session;
        Hash = hash;
        Network = new LayerNetwork(layers);
        arena = Network.Materialize(session, withGradients: false);
    }

    public Session Session { get; }

    public LayerNetwork Network { get; }

    /// <summary>Hash over the weights.</summary>
    public string Hash { get; }

    public LayerList Layers => Network.Layers;

    /// <summary>Loads a network.</summary>
    /// <param name="session">Stays the caller's.</param>
    /// <param name="path">A safetensors or PyTorch file.</param>
    /// <param name="layersPath">The JSON file with its layer list; null for the one in the file's metadata.</param>
    /// <param name="preset">The list of files that carry none; null where they must.</param>
    /// <exception cref="WeightFileException">The file cannot be read, or its tensors are not those of the layers.</exception>
    /// <exception cref="ConfigurationException">The layer list cannot be used.</exception>
    /// <exception cref="Kernels.DeviceMemoryException">The device has too little memory.</exception>
    public static RecognitionModel Load(Session session, string path, string? layersPath = null, LayerList? preset = null)
    {
        ArgumentNullException.ThrowIfNull(session);
        using var file = WeightFile.Open(path);
        var layers = layersPath is not null ? LayerList.Parse(ReadText(layersPath), layersPath)
            : file.Metadata.TryGetValue(LayersKey, out var json) ? LayerList.Parse(json, path)
            : preset ?? throw new WeightFileException(path, "the file carries no layer list", "Give one: a JSON file that the README describes.");
        var expected = new LayerNetwork(layers).Specifications;
        RequireSame(file, expected);
        var model = new RecognitionModel(session, layers, ModelFile.HashOf(file));
        foreach (var parameter in model.arena.Parameters)
        {
            var tensor = file.Find(parameter.Name);
            parameter.Single.CopyFrom(ParameterLayouts.FromFile(parameter.Specification, file.ReadSingle(tensor)));
        }

        return model;
    }

    /// <summary>Runs the network on pictures of any sizes.</summary>
    /// <returns>The network's output, in the innermost scope.</returns>
    public Tensor Run(IReadOnlyList<RgbImage> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        var size = Layers.InputSize;
        var pixels = new byte[images.Count * size * size * 3];
        for (var i = 0; i < images.Count; i++)
        {
            Resizing.Resize(images[i], size, size).Pixels.CopyTo(pixels, i * size * size * 3);
        }

        return Network.Forward(Normalize(Session, Layers, pixels));
    }

    /// <summary>Pixels as the network sees them.</summary>
    /// <param name="session">Where the tensor lives.</param>
    /// <param name="layers">Says how.</param>
    /// <param name="pixels">[batch][input size][input size][3].</param>
    internal static Tensor Normalize(Session session, LayerList layers, ReadOnlySpan<byte> pixels)
    {
        var values = new float[pixels.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = ((pixels[i] / 255f) - layers.Mean[i % 3]) / layers.Deviation[i % 3];
        }

        var size = layers.InputSize;
        return session.FromValues<float>(values, new Tensors.TensorShape(pixels.Length / (size * size * 3), size, size, 3));
    }

    public void Dispose() => arena.Dispose();

    private static void RequireSame(WeightFile file, IReadOnlyList<ParameterSpecification> expected)
    {
        const string Advice = "Give the layer list of this network; `kerneldiff inspect` lists the tensors of the file.";
        foreach (var parameter in expected)
        {
            if (!file.TryFind(parameter.Name, out var tensor))
            {
                throw new WeightFileException(
                    file.Path, $"there is no tensor '{parameter.Name}', for which the layer list expects shape {parameter.FileShape}", Advice);
            }

            if (!tensor.Shape.AsSpan().SequenceEqual(parameter.FileShape.AsSpan()))
            {
                throw new WeightFileException(
                    file.Path, $"the tensor '{parameter.Name}' has shape {tensor.ShapeText}, the layer list expects {parameter.FileShape}", Advice);
            }
        }

        // PyTorch's batch norms count their batches, which nothing needs.
        var known = expected.Select(parameter => parameter.Name).ToHashSet();
        var unknown = file.StateDict.Keys.FirstOrDefault(
            name => !known.Contains(name) && !name.EndsWith(".num_batches_tracked", StringComparison.Ordinal));
        if (unknown is not null)
        {
            throw new WeightFileException(
                file.Path, $"the tensor '{unknown}' of shape {file.Find(unknown).ShapeText} belongs to no layer of the list", Advice);
        }
    }

    private static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ConfigurationException(path, $"cannot be read: {exception.Message}", exception);
        }
    }
}
