using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// One of Winograd's minimal algorithms F(m x m, 3 x 3): a tile of m x m outputs is A'[(G g G') · (B' d B)]A, with g the kernel, d the
/// (m + 2) x (m + 2) inputs that the tile sees and · element by element, so that a layer becomes (m + 2)² matrix products over channels.
/// </summary>
/// <remarks>
/// Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016. Transforms work on a vector of channels at a time, and
/// write the element (y, x) of a tile to plane y · (m + 2) + x.
/// </remarks>
internal unsafe interface IWinograd
{
    /// <summary>m: rows and columns of a tile of outputs.</summary>
    static abstract int Tile { get; }

    /// <summary>m + 2: rows and columns of a tile of inputs.</summary>
    static abstract int Edge { get; }

    /// <summary>B' d B for every channel of a tile.</summary>
    /// <param name="pixels">The inputs of the tile, row by row.</param>
    /// <param name="channels">Channels of a pixel, at least a vector of them.</param>
    /// <param name="target">The tile's place in the first plane.</param>
    /// <param name="plane">Floats from one plane to the next.</param>
    /// <param name="scratch">A vector for every plane.</param>
    static abstract void TransformInput<T>(float** pixels, int channels, float* target, long plane, float* scratch)
        where T : unmanaged, ISimd<T>;

    /// <summary>G g G' for a vector of output channels.</summary>
    /// <param name="weights">The element of the kernel's first tap.</param>
    /// <param name="tapStride">Floats from one tap to the next, row by row.</param>
    /// <param name="target">The place in the first plane.</param>
    /// <param name="plane">Floats from one plane to the next.</param>
    static abstract void TransformWeights<T>(float* weights, long tapStride, float* target, long plane)
        where T : unmanaged, ISimd<T>;

    /// <summary>
    /// As <see cref="TransformWeights{T}"/> for the kernel of a phase of an up-sampled image. Planes in which it is zero are not written.
    /// </summary>
    /// <param name="phase">The phase.</param>
    /// <param name="weights">The element of the 3 x 3 kernel's first tap.</param>
    /// <param name="tapStride">Floats from one tap to the next, row by row.</param>
    /// <param name="target">The place in the first plane.</param>
    /// <param name="plane">Floats from one plane to the next.</param>
    static abstract void TransformPhase<T>(WinogradPhase phase, float* weights, long tapStride, float* target, long plane)
        where T : unmanaged, ISimd<T>;

    /// <summary>A' s A for a vector of channels of a tile of sums.</summary>
    /// <param name="sums">The place in the first plane.</param>
    /// <param name="plane">Floats from one plane to the next.</param>
    /// <param name="outputs">Receives m · m vectors, row by row.</param>
    /// <param name="scratch">A vector for every plane.</param>
    static abstract void TransformOutput<T>(float* sums, long plane, float* outputs, float* scratch)
        where T : unmanaged, ISimd<T>;

    /// <summary>A y A' for every channel of a tile of output gradients y: what the weights' gradient multiplies transformed inputs with.</summary>
    /// <param name="pixels">The m x m pixels of the tile, row by row.</param>
    /// <param name="channels">Channels of a pixel, at least a vector of them.</param>
    /// <param name="target">The tile's place in the first plane.</param>
    /// <param name="plane">Floats from one plane to the next.</param>
    /// <param name="scratch">A vector for every plane.</param>
    static abstract void TransformGradient<T>(float** pixels, int channels, float* target, long plane, float* scratch)
        where T : unmanaged, ISimd<T>;

    /// <summary>G' s G for a vector of output channels: from the sums of products to the gradient of the kernel.</summary>
    /// <param name="sums">The place in the first plane.</param>
    /// <param name="plane">Floats from one plane to the next.</param>
    /// <param name="taps">Receives nine vectors, row by row.</param>
    /// <param name="scratch">A vector for every plane.</param>
    static abstract void TransformSums<T>(float* sums, long plane, float* taps, float* scratch)
        where T : unmanaged, ISimd<T>;
}
