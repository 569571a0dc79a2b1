namespace KernelDiff.Kernels.Embedding;

/// <summary>The operations of this family.</summary>
public static class EmbeddingOperations
{
    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All => [];
}
