namespace KernelDiff.Kernels.Shape;

/// <summary>The operations of this family.</summary>
public static class ShapeOperations
{
    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All => [];
}
