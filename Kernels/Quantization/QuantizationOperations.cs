namespace KernelDiff.Kernels.Quantization;

/// <summary>The operations of this family.</summary>
public static class QuantizationOperations
{
    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All => [];
}
