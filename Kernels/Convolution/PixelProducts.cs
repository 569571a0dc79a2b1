using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// Convolutions with a kernel of one pixel that meets every pixel of the input (<see cref="ConvolutionShape.IsMatrixProduct"/>) on the CPU,
/// as products of matrices with a row per pixel: finding every pixel by a pointer of its own takes a tenth longer.
/// </summary>
internal static unsafe class PixelProducts
{
    /// <summary>The convolution, which has no bias per image.</summary>
    /// <exception cref="DeviceMemoryException">The system has no memory left for packing.</exception>
    public static void Forward<T>(CpuDevice device, in ConvolutionArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var shape = arguments.Shape;
        Gemm.Run<T>(device, new GemmProblem
        {
            Rows = Pixels(shape),
            Columns = shape.OutputChannels,
            Depth = shape.InputChannels,
            A = arguments.Input.Pointer(),
            AStride = shape.InputChannels,
            B = arguments.Weights.Pointer(),
            BStride = shape.OutputChannels,
            C = arguments.Output.Pointer(),
            CStride = shape.OutputChannels,
            Bias = arguments.Bias.Pointer(),
            Activation = arguments.Activation,
            Residual = arguments.Residual.Pointer(),
            ResidualStride = shape.OutputChannels,
        });
    }

    /// <summary>The gradient of the weights.</summary>
    /// <exception cref="DeviceMemoryException">The system has no memory left for the sums of chains.</exception>
    public static void WeightGradient<T>(CpuDevice device, in ConvolutionWeightGradientArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var shape = arguments.Shape;
        Gemm.Run<T>(device, new GemmProblem
        {
            Rows = shape.InputChannels,
            Columns = shape.OutputChannels,
            Depth = Pixels(shape),
            A = arguments.Input.Pointer(),
            AStride = shape.InputChannels,
            TransposeA = true,
            B = arguments.OutputGradient.Pointer(),
            BStride = shape.OutputChannels,
            C = arguments.WeightsGradient.Pointer(),
            CStride = shape.OutputChannels,
            Beta = arguments.Accumulate ? 1 : 0,
        });
    }

    private static int Pixels(in ConvolutionShape shape) => Check.Elements(shape.Batch, shape.Height, shape.Width);
}
