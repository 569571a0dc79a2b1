using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Embedding;

/// <summary>Operations that turn indices and timesteps into vectors.</summary>
public static class EmbeddingOperations
{
    public static Operation<EmbeddingArguments> Embedding { get; } = new(
        "embedding",
        "Embedding",
        "y[i] = table[index[i]]",
        EmbeddingCases.Lookup,
        CpuVariant.Simd<EmbeddingArguments, EmbeddingLookup>(),
        EmbeddingKernels.LookupVariant);

    public static Operation<EmbeddingBackwardArguments> EmbeddingBackward { get; } = new(
        "embedding-backward",
        "Embedding",
        "dtable[k] = sum of dy[i] with index[i] = k, in order",
        EmbeddingCases.Backward,
        CpuVariant.Simd<EmbeddingBackwardArguments, EmbeddingBackward>(),
        EmbeddingKernels.BackwardVariant);

    public static Operation<TimestepEmbeddingArguments> TimestepEmbedding { get; } = new(
        "timestep-embedding",
        "Embedding",
        "y[i] = [cos(t f), sin(t f)], f falling from 1 to 1 / period",
        EmbeddingCases.Timestep,
        CpuVariant.Simd<TimestepEmbeddingArguments, TimestepEmbedding>(),
        EmbeddingKernels.TimestepVariant);

    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All => [Embedding, EmbeddingBackward, TimestepEmbedding];
}
