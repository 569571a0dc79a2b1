using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>SIMD twin of f(x).</summary>
internal readonly unsafe struct UnaryForward<TFunction> : ISimdKernel<UnaryArguments>
    where TFunction : IUnaryFunction
{
    public static void Run<T>(CpuDevice device, in UnaryArguments arguments)
        where T : unmanaged, ISimd<T> =>
        device.Workers.ForRanges(
            arguments.Input.Length, Elementwise.Grain, new Body<T>(arguments.Input.Pointer(), arguments.Output.Pointer()));

    private readonly struct Body<T>(float* input, float* output) : IRangeWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(long start, long end)
        {
            var i = start;
            for (; i <= end - T.Width; i += T.Width)
            {
                T.Store(TFunction.Forward(T.Load(input + i)), output + i);
            }

            if (i < end)
            {
                var rest = (int)(end - i);
                T.StorePartial(TFunction.Forward(T.LoadPartial(input + i, rest)), output + i, rest);
            }
        }
    }
}

/// <summary>SIMD twin of f'(x) · dy.</summary>
internal readonly unsafe struct UnaryBackward<TFunction> : ISimdKernel<UnaryBackwardArguments>
    where TFunction : IUnaryFunction
{
    public static void Run<T>(CpuDevice device, in UnaryBackwardArguments arguments)
        where T : unmanaged, ISimd<T> =>
        device.Workers.ForRanges(
            arguments.Input.Length,
            Elementwise.Grain,
            new Body<T>(arguments.Input.Pointer(), arguments.OutputGradient.Pointer(), arguments.InputGradient.Pointer()));

    private readonly struct Body<T>(float* input, float* outputGradient, float* inputGradient) : IRangeWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(long start, long end)
        {
            var i = start;
            for (; i <= end - T.Width; i += T.Width)
            {
                T.Store(TFunction.Derivative(T.Load(input + i)) * T.Load(outputGradient + i), inputGradient + i);
            }

            if (i < end)
            {
                var rest = (int)(end - i);
                var derivative = TFunction.Derivative(T.LoadPartial(input + i, rest));
                T.StorePartial(derivative * T.LoadPartial(outputGradient + i, rest), inputGradient + i, rest);
            }
        }
    }
}
