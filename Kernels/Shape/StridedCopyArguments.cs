namespace KernelDiff.Kernels.Shape;

/// <summary>
/// output[o(i)] = input[a(i)] for every index i of an index space of up to six dimensions, where o and a are linear in i: permutation,
/// slice, padding, concatenation and split are all this copy with other strides.
/// </summary>
public readonly record struct StridedCopyArguments : IOperationArguments
{
    public const int MaximumRank = 6;

    /// <summary>Starts at the element of index (0, ..., 0).</summary>
    public required DeviceSpan<float> Input { get; init; }

    /// <summary>Starts at the element of index (0, ..., 0). Elements that no index reaches are left as they are.</summary>
    public required DeviceSpan<float> Output { get; init; }

    /// <summary>Sizes of the index space, outermost first.</summary>
    public required StridedIndex Index { get; init; }

    /// <summary>Add to the output instead of overwriting it.</summary>
    public bool Accumulate { get; init; }

    public long Bytes => (Accumulate ? 3L : 2L) * sizeof(float) * Index.Elements;

    public long FloatingPointOperations => Accumulate ? Index.Elements : 0;

    public void Validate()
    {
        if (Index.Elements > 0)
        {
            Check.Covers("input", Input, Index.InputExtent);
            Check.Covers("output", Output, Index.OutputExtent);
        }
    }

    public string Describe() => Index + (Accumulate ? " accumulate" : "");
}
