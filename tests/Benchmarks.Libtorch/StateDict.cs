using KernelDiff.Engine.Files;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace KernelDiff.Benchmarks.Libtorch;

/// <summary>Parameters by their names below the network.</summary>
internal sealed class StateDict : IDisposable
{
    private readonly Dictionary<string, Parameter> tensors = [];

    /// <param name="path">A file of weights.</param>
    /// <param name="prefix">In front of the names that are read.</param>
    /// <param name="channelsLast">Whether 4-dimensional tensors lie in memory as [out, height, width, in].</param>
    /// <param name="requiresGradient">Whether to train.</param>
    public StateDict(string path, string prefix, bool channelsLast, bool requiresGradient)
    {
        using var file = WeightFile.Open(path);
        foreach (var tensor in file.Tensors.Where(tensor => tensor.Name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            using var read = Read(file, tensor);
            var value = channelsLast && tensor.Shape.Length == 4 ? ChannelsLast(read) : read.alias();
            tensors[tensor.Name[prefix.Length..]] = new Parameter(value, requiresGradient);
        }
    }

    /// <summary>In the ordinal order of names.</summary>
    public IEnumerable<Parameter> Ordered => tensors.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => entry.Value);

    public Tensor this[string name] => tensors[name];

    public Tensor? Find(string name) => tensors.GetValueOrDefault(name);

    /// <summary>The tensor of a file, in its shape.</summary>
    public static Tensor Read(WeightFile file, WeightTensor tensor)
    {
        var value = empty([.. tensor.Shape.Select(size => (long)size)], dtype: ScalarType.Float32);
        file.ReadBytes(tensor, value.bytes);
        return value;
    }

    /// <summary>The same tensor, [a, b, height, width], in memory as [a, height, width, b].</summary>
    public static Tensor ChannelsLast(Tensor tensor)
    {
        using var moved = tensor.permute(0, 2, 3, 1);
        using var copied = moved.contiguous();
        return copied.permute(0, 3, 1, 2);
    }

    public void Dispose()
    {
        foreach (var tensor in tensors.Values)
        {
            tensor.Dispose();
        }
    }
}
