namespace KernelDiff.Kernels.Resampling;

/// <summary>The operations of this family.</summary>
public static class ResamplingOperations
{
    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All => [];
}
