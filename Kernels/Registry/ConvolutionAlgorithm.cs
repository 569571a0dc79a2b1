namespace KernelDiff.Kernels;

/// <summary>How a device computes convolutions. Every algorithm gives the same bits in any batch and on any number of threads.</summary>
public enum ConvolutionAlgorithm
{
    /// <summary>Whatever was measured to be fastest for a layer's shape.</summary>
    Auto,

    /// <summary>The formula itself, whose only rounding is that of its sums.</summary>
    Direct,

    /// <summary>Winograd's F(2 x 2, 3 x 3): 2.25 times fewer multiplications, as accurate as the formula.</summary>
    Winograd2,

    /// <summary>Winograd's F(4 x 4, 3 x 3): 4 times fewer multiplications, several times the rounding error of the formula.</summary>
    Winograd4,
}
