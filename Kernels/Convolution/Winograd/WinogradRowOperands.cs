namespace KernelDiff.Kernels.Convolution;

/// <summary>What <see cref="WinogradRowPass"/> reads and writes for a block of source channels.</summary>
internal readonly unsafe struct WinogradRowOperands
{
    /// <summary>Source channels.</summary>
    public required int Depth { get; init; }

    /// <summary>Weights of the first source channel and tap as the arguments hold them, to be packed on the way; null where they are packed.</summary>
    public required float* Source { get; init; }

    /// <summary>Floats from one tap of the source to the next.</summary>
    public required long TapStride { get; init; }

    /// <summary>Floats from one source channel to the next.</summary>
    public required long RowStride { get; init; }

    /// <summary>A vector for each tap of each source channel.</summary>
    public required float* Packed { get; init; }

    /// <summary>Transformed inputs of the row: for each source channel its planes, in each the tiles of a group.</summary>
    public required float* Values { get; init; }

    /// <summary>A vector for each plane of the row and tile of the group.</summary>
    public required float* Sums { get; init; }

    /// <summary>What to bring into the second-level cache meanwhile, two vectors for each source channel; any address is allowed.</summary>
    public required float* Fetched { get; init; }

    /// <summary>Floats from what is fetched for one source channel to that for the next.</summary>
    public required long FetchedStride { get; init; }
}
