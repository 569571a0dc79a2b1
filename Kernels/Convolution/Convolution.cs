using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>SIMD twin of the convolution.</summary>
internal readonly unsafe struct ConvolutionForward : ISimdKernel<ConvolutionArguments>
{
    public static void Run<T>(CpuDevice device, in ConvolutionArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        if (arguments.Shape.IsMatrixProduct && arguments.ImageBias.IsAbsent)
        {
            Multiply<T>(device, arguments);
            return;
        }

        IndirectConvolution.Run<T>(
            device.Workers, GatherConvolution.Forward(arguments.Shape), IndirectConvolution.Operands.Of(arguments));
    }

    /// <summary>A kernel of one pixel multiplies the pixels, one after the other, with a matrix.</summary>
    private static void Multiply<T>(CpuDevice device, in ConvolutionArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var shape = arguments.Shape;
        Gemm.Run<T>(device, new GemmProblem
        {
            Rows = Check.Elements(shape.Batch, shape.Height, shape.Width),
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
}

/// <summary>SIMD twin of the convolution's input gradient.</summary>
internal readonly unsafe struct ConvolutionInputGradient : ISimdKernel<ConvolutionInputGradientArguments>
{
    public static void Run<T>(CpuDevice device, in ConvolutionInputGradientArguments arguments)
        where T : unmanaged, ISimd<T> =>
        IndirectConvolution.Run<T>(
            device.Workers, GatherConvolution.InputGradient(arguments.Shape), IndirectConvolution.Operands.Of(arguments));
}

/// <summary>SIMD twin of the convolution's weight gradient.</summary>
internal readonly unsafe struct ConvolutionWeightGradient : ISimdKernel<ConvolutionWeightGradientArguments>
{
    public static void Run<T>(CpuDevice device, in ConvolutionWeightGradientArguments arguments)
        where T : unmanaged, ISimd<T> =>
        WeightGradient.Run<T>(
            device,
            TapProducts.Of(arguments.Shape),
            arguments.Input.Pointer(),
            arguments.OutputGradient.Pointer(),
            arguments.WeightsGradient.Pointer(),
            arguments.Accumulate);
}
