using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>SIMD twin of the convolution.</summary>
internal readonly unsafe struct ConvolutionForward : ISimdKernel<ConvolutionArguments>
{
    public static void Run<T>(CpuDevice device, in ConvolutionArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        if (arguments.Shape.IsMatrixProduct && arguments.ImageBias.IsAbsent)
        {
            PixelProducts.Forward<T>(device, arguments);
            return;
        }

        IndirectConvolution.Run<T>(
            device.Workers, GatherConvolution.Forward(arguments.Shape), IndirectConvolution.Operands.Of(arguments));
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
        where T : unmanaged, ISimd<T>
    {
        if (arguments.Shape.IsMatrixProduct)
        {
            PixelProducts.WeightGradient<T>(device, arguments);
            return;
        }

        WeightGradient.Run<T>(
            device.Workers,
            TapProducts.Of(arguments.Shape),
            arguments.Input.Pointer(),
            arguments.OutputGradient.Pointer(),
            arguments.WeightsGradient.Pointer(),
            arguments.Accumulate);
    }
}
