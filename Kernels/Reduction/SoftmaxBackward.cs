using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Reduction;

/// <summary>SIMD twin: the sum of a row, then its gradients.</summary>
internal readonly struct SoftmaxBackward : ISimdKernel<SoftmaxBackwardArguments>
{
    public static void Run<T>(CpuDevice device, in SoftmaxBackwardArguments arguments)
        where T : unmanaged, ISimd<T> => SoftmaxBackwardRows<T>.Run(device, arguments, false);
}

/// <summary>SIMD twin: the sum of a row, then its gradients.</summary>
internal readonly struct LogSoftmaxBackward : ISimdKernel<SoftmaxBackwardArguments>
{
    public static void Run<T>(CpuDevice device, in SoftmaxBackwardArguments arguments)
        where T : unmanaged, ISimd<T> => SoftmaxBackwardRows<T>.Run(device, arguments, true);
}

/// <summary>What the two gradients share.</summary>
internal static unsafe class SoftmaxBackwardRows<T>
    where T : unmanaged, ISimd<T>
{
    /// <summary>Elements that are added before their sum is added to others.</summary>
    private const int Block = 1024;

    public static void Run(CpuDevice device, in SoftmaxBackwardArguments arguments, bool isLogarithm) =>
        device.Workers.ForRanges(
            arguments.Rows,
            Math.Max(1, Elementwise.Grain / 2 / arguments.Columns),
            new Body(
                arguments.Output.Pointer(),
                arguments.OutputGradient.Pointer(),
                arguments.InputGradient.Pointer(),
                arguments.Columns,
                isLogarithm));

    private readonly struct Body(float* output, float* outputGradient, float* inputGradient, int columns, bool isLogarithm) : IRangeWorkItem
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(long start, long end)
        {
            for (var row = start; row < end; row++)
            {
                var from = row * columns;
                var sum = 0f;
                for (var block = 0; block < columns; block += Block)
                {
                    sum += Sum(from + block, Math.Min(Block, columns - block));
                }

                var total = T.Create(sum);
                var i = 0;
                for (; i <= columns - T.Width; i += T.Width)
                {
                    var at = from + i;
                    T.Store(Gradient(T.Load(output + at), T.Load(outputGradient + at), total), inputGradient + at);
                }

                var (last, rest) = (from + i, columns - i);
                T.StorePartial(
                    Gradient(T.LoadPartial(output + last, rest), T.LoadPartial(outputGradient + last, rest), total),
                    inputGradient + last,
                    rest);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private float Sum(long from, int count)
        {
            var sum = T.Zero;
            for (var i = 0; i < count; i += T.Width)
            {
                var lanes = Math.Min(T.Width, count - i);
                var gradient = T.LoadPartial(outputGradient + from + i, lanes);
                sum = isLogarithm ? sum + gradient : T.MultiplyAdd(T.LoadPartial(output + from + i, lanes), gradient, sum);
            }

            return T.Sum(sum);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private T Gradient(T y, T gradient, T sum) =>
            isLogarithm ? T.NegatedMultiplyAdd(SimdMath.Exp(y), sum, gradient) : y * (gradient - sum);
    }
}
