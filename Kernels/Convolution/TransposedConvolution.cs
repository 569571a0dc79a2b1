using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>SIMD twin of the transposed convolution.</summary>
internal readonly unsafe struct TransposedConvolutionForward : ISimdKernel<TransposedConvolutionArguments>
{
    public static void Run<T>(CpuDevice device, in TransposedConvolutionArguments arguments)
        where T : unmanaged, ISimd<T> =>
        IndirectConvolution.Run<T>(device.Workers, GatherConvolution.Forward(arguments.Shape), new IndirectConvolution.Operands
        {
            Source = arguments.Input.Pointer(),
            Weights = arguments.Weights.Pointer(),
            Target = arguments.Output.Pointer(),
            Bias = arguments.Bias.Pointer(),
        });
}

/// <summary>SIMD twin of the transposed convolution's input gradient.</summary>
internal readonly unsafe struct TransposedConvolutionInputGradient : ISimdKernel<TransposedConvolutionInputGradientArguments>
{
    public static void Run<T>(CpuDevice device, in TransposedConvolutionInputGradientArguments arguments)
        where T : unmanaged, ISimd<T> =>
        IndirectConvolution.Run<T>(device.Workers, GatherConvolution.InputGradient(arguments.Shape), new IndirectConvolution.Operands
        {
            Source = arguments.OutputGradient.Pointer(),
            Weights = arguments.Weights.Pointer(),
            Target = arguments.InputGradient.Pointer(),
            Accumulate = arguments.Accumulate,
        });
}

/// <summary>SIMD twin of the transposed convolution's weight gradient.</summary>
internal readonly unsafe struct TransposedConvolutionWeightGradient : ISimdKernel<TransposedConvolutionWeightGradientArguments>
{
    public static void Run<T>(CpuDevice device, in TransposedConvolutionWeightGradientArguments arguments)
        where T : unmanaged, ISimd<T> =>
        WeightGradient.Run<T>(
            device.Workers,
            TapProducts.Of(arguments.Shape),
            arguments.Input.Pointer(),
            arguments.OutputGradient.Pointer(),
            arguments.WeightsGradient.Pointer(),
            arguments.Accumulate);
}
