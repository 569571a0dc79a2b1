namespace KernelDiff.Kernels.Optimizers;

/// <summary>The operations of this family.</summary>
public static class OptimizersOperations
{
    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All => [];
}
