namespace KernelDiff.Kernels.Normalization;

/// <summary>The operations of this family.</summary>
public static class NormalizationOperations
{
    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All => [];
}
