namespace KernelDiff.Kernels.Pointwise;

/// <summary>A function that matrix products and convolutions can apply to their result before they store it.</summary>
public enum Activation
{
    None,

    /// <summary>x · sigmoid(x).</summary>
    Silu,

    /// <summary>x · Φ(x), with Φ the normal distribution function, by the error function and not by its tanh approximation.</summary>
    Gelu,
}
