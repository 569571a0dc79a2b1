namespace KernelDiff.Kernels.Losses;

/// <summary>The operations of this family.</summary>
public static class LossesOperations
{
    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All => [];
}
