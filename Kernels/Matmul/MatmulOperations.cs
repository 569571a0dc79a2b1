namespace KernelDiff.Kernels.Matmul;

/// <summary>The operations of this family.</summary>
public static class MatmulOperations
{
    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All => [];
}
