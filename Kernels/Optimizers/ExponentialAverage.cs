using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Optimizers;

/// <summary>SIMD twin: one pass over averages and parameters.</summary>
internal readonly unsafe struct ExponentialAverage : ISimdKernel<ExponentialAverageArguments>
{
    public static void Run<T>(CpuDevice device, in ExponentialAverageArguments arguments)
        where T : unmanaged, ISimd<T> =>
        device.Workers.ForRanges(
            arguments.Average.Length,
            Elementwise.Grain,
            new Body<T>(arguments.Average.Pointer(), arguments.Parameters.Pointer(), 1 - arguments.Decay));

    private readonly struct Body<T>(float* averages, float* parameters, float rest) : IRangeWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(long start, long end)
        {
            var i = start;
            for (; i <= end - T.Width; i += T.Width)
            {
                T.Store(Move(T.Load(averages + i), T.Load(parameters + i)), averages + i);
            }

            if (i < end)
            {
                var count = (int)(end - i);
                T.StorePartial(Move(T.LoadPartial(averages + i, count), T.LoadPartial(parameters + i, count)), averages + i, count);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private T Move(T average, T parameter) => T.NegatedMultiplyAdd(T.Create(rest), average - parameter, average);
    }
}
