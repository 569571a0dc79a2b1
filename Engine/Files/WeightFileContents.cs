namespace KernelDiff.Engine.Files;

/// <summary>What a reader of one format found in a file.</summary>
internal sealed record WeightFileContents(
    WeightFileFormat Format,
    IReadOnlyList<WeightTensor> Tensors,
    OrderedDictionary<string, WeightTensor> StateDict,
    IReadOnlyDictionary<string, string> Metadata,
    IReadOnlyList<string> UnusedGlobals);
