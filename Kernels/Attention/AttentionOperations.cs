namespace KernelDiff.Kernels.Attention;

/// <summary>The operations of this family.</summary>
public static class AttentionOperations
{
    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All => [];
}
