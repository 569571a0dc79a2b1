using System.Text.Json;
using KernelDiff.Engine.Files;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Verification;

/// <summary>One recorded experiment: configuration, weights, inputs and what the reference implementation made of them.</summary>
internal sealed class FixtureFile : IDisposable
{
    private static readonly JsonSerializerOptions Json = new() { ReadCommentHandling = JsonCommentHandling.Disallow };

    private readonly WeightFile file;
    private readonly JsonDocument configuration;

    /// <exception cref="WeightFileException">The file cannot be read, or is no fixture.</exception>
    public FixtureFile(string path)
    {
        file = WeightFile.Open(path);
        try
        {
            Kind = Required("kind");
            configuration = JsonDocument.Parse(Required("config"));
        }
        catch (Exception exception)
        {
            file.Dispose();
            if (exception is JsonException)
            {
                throw Fault($"its 'config' is not JSON: {exception.Message}");
            }

            throw;
        }
    }

    public WeightFile File => file;

    /// <summary>Which experiment it is.</summary>
    public string Kind { get; }

    /// <summary>The loss, in the reference's words; empty where there is none.</summary>
    public string Loss => file.Metadata.GetValueOrDefault("loss", "");

    public JsonElement Configuration => configuration.RootElement;

    /// <summary>A part of the configuration as a record.</summary>
    /// <param name="property">Null for the whole.</param>
    public T Configure<T>(string? property = null)
    {
        try
        {
            var element = property is null ? Configuration : Configuration.GetProperty(property);
            return element.Deserialize<T>(Json) ?? throw Fault("its 'config' is null");
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw Fault($"its 'config' does not describe a {typeof(T).Name}: {exception.Message}");
        }
    }

    /// <summary>A number of the configuration.</summary>
    public double Number(string property, double? otherwise = null) =>
        Configuration.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.Number
            ? value.GetDouble()
            : otherwise ?? throw Fault($"its 'config' has no number '{property}'");

    public bool Has(string name) => file.TryFind(name, out _);

    public int[] Shape(string name) => [.. file.Find(name).Shape];

    /// <summary>Elements in the file's order.</summary>
    public float[] Read(string name) => file.ReadSingle(file.Find(name));

    public long[] ReadIntegers(string name)
    {
        var tensor = file.Find(name);
        var values = new long[tensor.ElementCount];
        file.ReadInt64(tensor, values);
        return values;
    }

    /// <summary>A tensor of tokens or vectors, in the order it has.</summary>
    public Tensor Tensor(Session session, string name, bool requiresGradient = false) =>
        session.FromValues<float>(Read(name), new Tensors.TensorShape(Shape(name)), requiresGradient);

    /// <summary>An image: [batch, channels, height, width] in the file becomes [batch, height, width, channels].</summary>
    public Tensor Image(Session session, string name, bool requiresGradient = false)
    {
        var shape = Shape(name);
        return session.FromValues<float>(
            ImageOrder.ToDevice(Read(name), shape), new Tensors.TensorShape(shape[0], shape[2], shape[3], shape[1]), requiresGradient);
    }

    /// <summary>The images of one step of a recorded sequence [steps, batch, channels, height, width].</summary>
    public Tensor ImageOfStep(Session session, string name, int step)
    {
        var shape = Shape(name)[1..];
        var length = shape.Aggregate(1, (product, size) => product * size);
        var values = Read(name).AsSpan(step * length, length).ToArray();
        return session.FromValues<float>(ImageOrder.ToDevice(values, shape), new Tensors.TensorShape(shape[0], shape[2], shape[3], shape[1]));
    }

    public WeightFileException Fault(string fault) =>
        new(file.Path, fault, "It is no fixture that 'verify' can replay: it needs 'kind', 'config', weights/, inputs/ and outputs/.");

    public void Dispose()
    {
        configuration.Dispose();
        file.Dispose();
    }

    private string Required(string key) => file.Metadata.TryGetValue(key, out var value) ? value : throw Fault($"its metadata has no '{key}'");
}

/// <summary>Between PyTorch's order of images and the device's.</summary>
internal static class ImageOrder
{
    /// <summary>[batch, channels, height, width] to [batch, height, width, channels].</summary>
    public static float[] ToDevice(float[] values, ReadOnlySpan<int> shape) =>
        Swap(values, shape[0], shape[1], shape[2] * shape[3]);

    /// <summary>[batch, height, width, channels] to [batch, channels, height, width].</summary>
    public static float[] ToFile(Tensor tensor) =>
        Swap(tensor.ToArray(), tensor.Shape[0], tensor.Shape[1] * tensor.Shape[2], tensor.Shape[3]);

    private static float[] Swap(float[] values, int batch, int rows, int columns)
    {
        var swapped = new float[values.Length];
        for (var b = 0; b < batch; b++)
        {
            var offset = b * rows * columns;
            for (var row = 0; row < rows; row++)
            {
                for (var column = 0; column < columns; column++)
                {
                    swapped[offset + (column * rows) + row] = values[offset + (row * columns) + column];
                }
            }
        }

        return swapped;
    }
}
