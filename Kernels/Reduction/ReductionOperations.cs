namespace KernelDiff.Kernels.Reduction;

/// <summary>The operations of this family.</summary>
public static class ReductionOperations
{
    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All => [];
}
