namespace KernelDiff.Kernels.RandomNumbers;

/// <summary>The operations of this family.</summary>
public static class RandomNumbersOperations
{
    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All => [];
}
