using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>The transforms of one of Winograd's algorithms as ILGPU kernels; see <see cref="IWinograd"/>. A thread takes a channel of a tile.</summary>
/// <remarks>
/// Straight-line code: OpenCL compilers for CPUs then vectorise across the channels of a group, and nothing leaves the registers of a GPU.
/// </remarks>
internal interface IWinogradKernels
{
    /// <summary>m: rows and columns of a tile of outputs.</summary>
    static abstract int Tile { get; }

    /// <summary>G g G'.</summary>
    static abstract GpuKernel<WinogradWeightsParameters> Weights { get; }

    /// <summary>B' d B.</summary>
    static abstract GpuKernel<WinogradSource> Source { get; }

    /// <summary>A' s A, and what a linear epilogue adds.</summary>
    static abstract GpuKernel<WinogradTarget> Target { get; }

    /// <summary>A y A'.</summary>
    static abstract GpuKernel<WinogradSource> Gradient { get; }

    /// <summary>G' s G.</summary>
    static abstract GpuKernel<WinogradWeightsParameters> Sums { get; }
}
