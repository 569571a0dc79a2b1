using System.Collections.Immutable;

namespace KernelDiff.Engine.Files;

/// <summary>What a weight file holds, in a form to print. Text from the file is as it is there: see <see cref="PrintableText"/>.</summary>
/// <param name="File">The file as the user named it.</param>
/// <param name="Format">Its format, in words.</param>
/// <param name="FileBytes">Its size.</param>
/// <param name="Tensors">Every tensor, in the file's order.</param>
/// <param name="Total">All tensors together.</param>
/// <param name="StateDict">The tensors of the network together: without optimiser state and the like.</param>
/// <param name="Types">All tensors by element type.</param>
/// <param name="Metadata">Strings and numbers beside the tensors.</param>
/// <param name="UnusedGlobals">Python classes and functions that the file mentions without using them.</param>
public sealed record WeightFileSummary(
    string File,
    string Format,
    long FileBytes,
    IReadOnlyList<TensorSummary> Tensors,
    TensorTotal Total,
    TensorTotal StateDict,
    IReadOnlyDictionary<string, TensorTotal> Types,
    IReadOnlyDictionary<string, string> Metadata,
    IReadOnlyList<string> UnusedGlobals)
{
    /// <summary>Summarises an open file.</summary>
    public static WeightFileSummary Of(WeightFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        Dictionary<WeightTensor, string> names = file.StateDict.ToDictionary(entry => entry.Value, entry => entry.Key);
        return new WeightFileSummary(
            file.Path,
            file.Format switch
            {
                WeightFileFormat.SafeTensors => "safetensors",
                WeightFileFormat.TorchZip => "torch (zip)",
                _ => "torch (legacy stream)",
            },
            file.Length,
            [.. file.Tensors.Select(tensor => new TensorSummary(
                tensor.Name,
                names.GetValueOrDefault(tensor),
                tensor.Type.SafeTensorsName(),
                tensor.Shape,
                tensor.ElementCount,
                tensor.ByteSize))],
            TensorTotal.Of(file.Tensors),
            TensorTotal.Of(file.StateDict.Values),
            new SortedDictionary<string, TensorTotal>(
                file.Tensors.GroupBy(tensor => tensor.Type.SafeTensorsName()).ToDictionary(group => group.Key, TensorTotal.Of),
                StringComparer.Ordinal),
            file.Metadata,
            file.UnusedGlobals);
    }
}

/// <summary>One tensor.</summary>
/// <param name="Name">Its place in the file.</param>
/// <param name="StateDictName">Its name in the network's state dict, or null where it is not part of it.</param>
/// <param name="Type">Its element type, as safetensors names it.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Elements">Their product.</param>
/// <param name="Bytes">What the elements take.</param>
public sealed record TensorSummary(string Name, string? StateDictName, string Type, ImmutableArray<int> Shape, long Elements, long Bytes);

/// <summary>Several tensors together.</summary>
/// <param name="Tensors">How many.</param>
/// <param name="Elements">Their elements.</param>
/// <param name="Bytes">What the elements take.</param>
public sealed record TensorTotal(int Tensors, long Elements, long Bytes)
{
    internal static TensorTotal Of(IEnumerable<WeightTensor> tensors) => tensors.Aggregate(
        new TensorTotal(0, 0, 0),
        static (total, tensor) => new TensorTotal(total.Tensors + 1, total.Elements + tensor.ElementCount, total.Bytes + tensor.ByteSize));
}
