namespace KernelDiff.Kernels.Convolution;

/// <summary>The operations of this family.</summary>
public static class ConvolutionOperations
{
    /// <summary>Every operation of this family, for the registry.</summary>
    internal static IEnumerable<Operation> All => [];
}
