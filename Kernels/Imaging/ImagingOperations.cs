namespace KernelDiff.Kernels.Imaging;

/// <summary>The operations of this family.</summary>
public static class ImagingOperations
{
    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All => [];
}
