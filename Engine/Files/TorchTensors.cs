using System.Globalization;
using System.Numerics;

namespace KernelDiff.Engine.Files;

/// <summary>
/// Names the tensors that a torch file describes. A tensor's name is the path of dictionary keys and list positions that leads to it,
/// joined by slashes. The network's own state dict is the first of these that directly holds tensors: the dictionary under
/// <c>state_dict</c> (Lightning, CompVis), <c>model_state_dict</c>, <c>model</c>, <c>params</c>, <c>weights</c>, <c>net</c> or
/// <c>module</c>; or else everything outside of top-level entries whose key begins with <c>optim</c>.
/// </summary>
internal sealed class TorchTensors
{
    private const int MostTensors = 1 << 18;
    private const int MostValues = 1 << 22;
    private const int DeepestPath = 64;

    private static readonly string[] StateDictKeys = ["state_dict", "model_state_dict", "model", "params", "weights", "net", "module"];

    private readonly RandomAccessFile file;
    private readonly DescriptionBudget budget;
    private readonly bool isBigEndian;
    private readonly List<WeightTensor> tensors = [];
    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private readonly HashSet<object> open = new(ReferenceEqualityComparer.Instance);
    private long describedBytes;
    private int values;

    private TorchTensors(RandomAccessFile file, DescriptionBudget budget, bool isBigEndian)
    {
        this.file = file;
        this.budget = budget;
        this.isBigEndian = isBigEndian;
    }

    /// <summary>Lists what a pickle's outermost value holds.</summary>
    public static WeightFileContents Collect(
        RandomAccessFile file, WeightFileFormat format, object? root, PickleCalls calls, bool isBigEndian)
    {
        var collector = new TorchTensors(file, calls.Budget, isBigEndian);
        collector.Visit(root, string.Empty);
        return new WeightFileContents(
            format, collector.tensors, collector.FindStateDict(root), Summarize(root), [.. calls.UnusedGlobals]);
    }

    private void Visit(object? value, string path)
    {
        if (++values > MostValues)
            throw file.Fault("it refers to its own values over and over");
        switch (value)
        {
            case TorchTensor tensor:
                Add(tensor, path.Length == 0 ? "tensor" : path);
                break;
            case PickleDictionary dictionary:
                VisitAll(value, path, Keyed(dictionary));
                break;
            case PickleList list:
                VisitAll(value, path, Numbered(list.Items));
                break;
            case PickleTuple tuple:
                VisitAll(value, path, Numbered(tuple.Items));
                break;
            case PickleObject described:
                VisitAll(value, path, described.State is PickleDictionary state ? Keyed(state) : []);
                break;
        }
    }

    private void VisitAll(object container, string path, IEnumerable<(string Key, object? Value)> children)
    {
        // A container that holds itself (a configuration node knows its parent) adds no tensors the second time.
        if (!open.Add(container))
            return;
        if (open.Count > DeepestPath)
            throw file.Fault(string.Create(CultureInfo.InvariantCulture, $"its values are nested more than {DeepestPath} deep"));
        foreach ((string key, object? child) in children)
        {
            if (child is not (TorchTensor or PickleDictionary or PickleList or PickleTuple or PickleObject))
                continue;
            budget.ChargeText(path.Length + key.Length + 1);
            Visit(child, path.Length == 0 ? key : $"{path}/{key}");
        }

        open.Remove(container);
    }

    private void Add(TorchTensor tensor, string name)
    {
        if (tensors.Count == MostTensors)
            throw file.Fault(string.Create(CultureInfo.InvariantCulture, $"it describes more than {MostTensors} tensors"));
        if (!names.Add(name))
            throw file.Fault($"it holds two tensors under the name {PrintableText.Quote(name)}");
        if (tensor.Storage.Data.FileOffset is not long storageOffset)
            throw file.Fault($"the elements of tensor {PrintableText.Quote(name)} are missing");
        budget.Charge(DescriptionBudget.Tensor);
        var region = new ElementRegion(
            file, storageOffset + tensor.Storage.ByteOffset + tensor.ByteOffset, tensor.Strides, isBigEndian);
        var listed = new WeightTensor(name, tensor.Type, tensor.Shape, tensor.ElementCount, region);
        tensors.Add(listed);

        // Tensors may share a storage, but not so that unpacking them would multiply the file.
        describedBytes += listed.ByteSize;
        if (describedBytes > (16 * file.Length) + (1 << 20))
            throw file.Fault("its tensors share their elements so often that they would take more than 16 times the size of the file");
    }

    private OrderedDictionary<string, WeightTensor> FindStateDict(object? root)
    {
        string? key = root is PickleDictionary dictionary
            ? StateDictKeys.FirstOrDefault(candidate => dictionary.Entries.Exists(entry =>
                entry.Key is string text && text == candidate && HoldsTensors(entry.Value)))
            : null;
        var stateDict = new OrderedDictionary<string, WeightTensor>(tensors.Count, StringComparer.Ordinal);
        foreach (WeightTensor tensor in tensors)
        {
            if (key is null ? !tensor.Name.StartsWith("optim", StringComparison.Ordinal) || !tensor.Name.Contains('/', StringComparison.Ordinal)
                : tensor.Name.StartsWith($"{key}/", StringComparison.Ordinal))
            {
                stateDict.Add(key is null ? tensor.Name : tensor.Name[(key.Length + 1)..], tensor);
            }
        }

        return stateDict;
    }

    private static bool HoldsTensors(object? value) =>
        value is PickleDictionary dictionary && dictionary.Entries.Exists(entry => entry.Value is TorchTensor);

    /// <summary>The plain values at the top, such as the epoch.</summary>
    private static SortedDictionary<string, string> Summarize(object? root)
    {
        const int longestValue = 256;
        var metadata = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (root is not PickleDictionary dictionary)
            return metadata;
        foreach ((object? key, object? value) in dictionary.Entries)
        {
            string? text = value switch
            {
                string characters when characters.Length <= longestValue => characters,
                bool or long or double => Convert.ToString(value, CultureInfo.InvariantCulture),
                _ => null,
            };
            if (key is string name && name.Length <= longestValue && text is not null)
                metadata[name] = text;
        }

        return metadata;
    }

    private static IEnumerable<(string Key, object? Value)> Keyed(PickleDictionary dictionary) =>
        dictionary.Entries.Select(static (entry, index) => (entry.Key switch
        {
            string text => text,
            long or BigInteger or bool => Convert.ToString(entry.Key, CultureInfo.InvariantCulture)!,
            PickleGlobal global => global.FullName,
            _ => string.Create(CultureInfo.InvariantCulture, $"#{index}"),
        }, entry.Value));

    private static IEnumerable<(string Key, object? Value)> Numbered(IReadOnlyList<object?> items) =>
        items.Select(static (item, index) => (index.ToString(CultureInfo.InvariantCulture), item));
}
