using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Reduction;

/// <summary>SIMD twin: the maximum, the exponentials with their sum, and the quotients of a row, which stays in the cache.</summary>
internal readonly struct Softmax : ISimdKernel<SoftmaxArguments>
{
    public static void Run<T>(CpuDevice device, in SoftmaxArguments arguments)
        where T : unmanaged, ISimd<T> => SoftmaxRows<T>.Run(device, arguments, false);
}

/// <summary>SIMD twin: as softmax, but the exponentials are not kept.</summary>
internal readonly struct LogSoftmax : ISimdKernel<SoftmaxArguments>
{
    public static void Run<T>(CpuDevice device, in SoftmaxArguments arguments)
        where T : unmanaged, ISimd<T> => SoftmaxRows<T>.Run(device, arguments, true);
}

/// <summary>What softmax and log-softmax share.</summary>
internal static unsafe class SoftmaxRows<T>
    where T : unmanaged, ISimd<T>
{
    /// <summary>Elements whose exponentials are added before their sum is added to others.</summary>
    private const int Block = 1024;

    public static void Run(CpuDevice device, in SoftmaxArguments arguments, bool isLogarithm) =>
        device.Workers.ForRanges(
            arguments.Rows,
            Math.Max(1, Elementwise.Grain / 4 / arguments.Columns),
            new Body(arguments.Input.Pointer(), arguments.Output.Pointer(), arguments.Columns, isLogarithm));

    private readonly struct Body(float* input, float* output, int columns, bool isLogarithm) : IRangeWorkItem
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(long start, long end)
        {
            for (var row = start; row < end; row++)
            {
                var from = input + (row * columns);
                var to = output + (row * columns);
                var maximum = Maximum(from);
                var sum = 0f;
                for (var block = 0; block < columns; block += Block)
                {
                    sum += Exponentials(from + block, to + block, Math.Min(Block, columns - block), T.Create(maximum));
                }

                if (isLogarithm)
                {
                    Subtract(from, to, T.Create(maximum), T.Create(MathF.Log(sum)));
                }
                else
                {
                    Multiply(to, T.Create(1 / sum));
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private float Maximum(float* from)
        {
            var least = T.Create(float.NegativeInfinity);
            var maximum = least;
            var i = 0;
            for (; i <= columns - T.Width; i += T.Width)
            {
                maximum = T.Max(maximum, T.Load(from + i));
            }

            return T.MaxAcross(T.Max(maximum, T.LoadPartial(from + i, columns - i, least)));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private float Exponentials(float* from, float* to, int count, T maximum)
        {
            var sum = T.Zero;
            var i = 0;
            for (; i <= count - T.Width; i += T.Width)
            {
                var e = SimdMath.Exp(T.Load(from + i) - maximum);
                sum += e;
                if (!isLogarithm)
                {
                    T.Store(e, to + i);
                }
            }

            if (i < count)
            {
                // Lanes beyond the row are minus infinity and add nothing.
                var e = SimdMath.Exp(T.LoadPartial(from + i, count - i, T.Create(float.NegativeInfinity)) - maximum);
                sum += e;
                if (!isLogarithm)
                {
                    T.StorePartial(e, to + i, count - i);
                }
            }

            return T.Sum(sum);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Multiply(float* to, T factor)
        {
            var i = 0;
            for (; i <= columns - T.Width; i += T.Width)
            {
                T.Store(T.Load(to + i) * factor, to + i);
            }

            T.StorePartial(T.LoadPartial(to + i, columns - i) * factor, to + i, columns - i);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Subtract(float* from, float* to, T maximum, T logarithm)
        {
            var i = 0;
            for (; i <= columns - T.Width; i += T.Width)
            {
                T.Store(T.Load(from + i) - maximum - logarithm, to + i);
            }

            T.StorePartial(T.LoadPartial(from + i, columns - i) - maximum - logarithm, to + i, columns - i);
        }
    }
}
