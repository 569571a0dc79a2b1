using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>SIMD twin of f(x).</summary>
internal readonly unsafe struct UnaryForward<TFunction, TArguments> : ISimdKernel<TArguments>
    where TFunction : IUnaryFunction
    where TArguments : struct, IOperationArguments, IUnaryArguments
{
    public static void Run<T>(CpuDevice device, in TArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var (first, second) = arguments.Constants;
        device.Workers.ForRanges(
            arguments.Input.Length,
            Elementwise.Grain,
            new Body<T>(arguments.Input.Pointer(), arguments.Output.Pointer(), first, second));
    }

    private readonly struct Body<T>(float* input, float* output, float first, float second) : IRangeWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(long start, long end)
        {
            var (a, b) = (T.Create(first), T.Create(second));
            var i = start;
            for (; i <= end - T.Width; i += T.Width)
            {
                T.Store(TFunction.Forward(T.Load(input + i), a, b), output + i);
            }

            if (i < end)
            {
                var rest = (int)(end - i);
                T.StorePartial(TFunction.Forward(T.LoadPartial(input + i, rest), a, b), output + i, rest);
            }
        }
    }
}

/// <summary>SIMD twin of f'(x) · dy.</summary>
internal readonly unsafe struct UnaryBackward<TFunction, TArguments> : ISimdKernel<TArguments>
    where TFunction : IUnaryFunction
    where TArguments : struct, IOperationArguments, IUnaryBackwardArguments
{
    public static void Run<T>(CpuDevice device, in TArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var (first, second) = arguments.Constants;
        device.Workers.ForRanges(
            arguments.Saved.Length,
            Elementwise.Grain,
            new Body<T>(
                arguments.Saved.Pointer(), arguments.OutputGradient.Pointer(), arguments.InputGradient.Pointer(), first, second));
    }

    private readonly struct Body<T>(float* saved, float* outputGradient, float* inputGradient, float first, float second)
        : IRangeWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(long start, long end)
        {
            var (a, b) = (T.Create(first), T.Create(second));
            var i = start;
            for (; i <= end - T.Width; i += T.Width)
            {
                T.Store(TFunction.Derivative(T.Load(saved + i), a, b) * T.Load(outputGradient + i), inputGradient + i);
            }

            if (i < end)
            {
                var rest = (int)(end - i);
                var derivative = TFunction.Derivative(T.LoadPartial(saved + i, rest), a, b);
                T.StorePartial(derivative * T.LoadPartial(outputGradient + i, rest), inputGradient + i, rest);
            }
        }
    }
}
