namespace KernelDiff.Kernels.Shape;

/// <summary>
/// An index space with the strides of two operands. Dimensions of size 1 are dropped and neighbours that are contiguous in both operands
/// are merged, so that a kernel sees as few and as long dimensions as there are.
/// </summary>
public sealed class StridedIndex
{
    private readonly int[] sizes;
    private readonly int[] inputStrides;
    private readonly int[] outputStrides;

    /// <param name="sizes">Outermost first.</param>
    /// <param name="inputStrides">Elements between neighbours of the input, 0 to repeat.</param>
    /// <param name="outputStrides">Elements between neighbours of the output.</param>
    /// <exception cref="ArgumentException">The lists differ in length, or more than six dimensions are left after merging.</exception>
    public StridedIndex(ReadOnlySpan<int> sizes, ReadOnlySpan<int> inputStrides, ReadOnlySpan<int> outputStrides)
    {
        if (sizes.Length != inputStrides.Length || sizes.Length != outputStrides.Length)
        {
            throw new ArgumentException(
                $"An index space of {sizes.Length} dimensions cannot have {inputStrides.Length} input and {outputStrides.Length} output strides.");
        }

        Elements = Check.Elements(sizes);
        var merged = new List<(int Size, int Input, int Output)>();
        for (var i = 0; i < sizes.Length; i++)
        {
            if (sizes[i] == 1)
            {
                continue;
            }

            var dimension = (Size: sizes[i], Input: inputStrides[i], Output: outputStrides[i]);
            if (merged.Count > 0
                && merged[^1].Input == dimension.Input * dimension.Size
                && merged[^1].Output == dimension.Output * dimension.Size)
            {
                merged[^1] = (merged[^1].Size * dimension.Size, dimension.Input, dimension.Output);
            }
            else
            {
                merged.Add(dimension);
            }
        }

        if (merged.Count == 0)
        {
            merged.Add((Elements == 0 ? 0 : 1, 1, 1));
        }

        if (merged.Count > StridedCopyArguments.MaximumRank)
        {
            throw new ArgumentException(
                $"A copy over {merged.Count} dimensions is not supported; the limit is {StridedCopyArguments.MaximumRank}.");
        }

        this.sizes = [.. merged.Select(dimension => dimension.Size)];
        this.inputStrides = [.. merged.Select(dimension => dimension.Input)];
        this.outputStrides = [.. merged.Select(dimension => dimension.Output)];
    }

    public int Elements { get; }

    public int Rank => sizes.Length;

    public ReadOnlySpan<int> Sizes => sizes;

    public ReadOnlySpan<int> InputStrides => inputStrides;

    public ReadOnlySpan<int> OutputStrides => outputStrides;

    /// <summary>One more than the farthest input element.</summary>
    public long InputExtent => Extent(inputStrides);

    /// <summary>One more than the farthest output element.</summary>
    public long OutputExtent => Extent(outputStrides);

    public override string ToString() =>
        $"{string.Join("x", sizes)} from {string.Join(",", inputStrides)} to {string.Join(",", outputStrides)}";

    private long Extent(int[] strides)
    {
        long extent = 1;
        for (var i = 0; i < sizes.Length; i++)
        {
            extent += (long)(sizes[i] - 1) * strides[i];
        }

        return extent;
    }
}
