using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Reduction;

/// <summary>SIMD twin: repeats every gradient along the axis that was summed over.</summary>
internal readonly unsafe struct SumBackward : ISimdKernel<ReductionBackwardArguments>
{
    public static void Run<T>(CpuDevice device, in ReductionBackwardArguments arguments)
        where T : unmanaged, ISimd<T> => RunScaled<T>(device, arguments, 1);

    public static void RunScaled<T>(CpuDevice device, in ReductionBackwardArguments arguments, float scale)
        where T : unmanaged, ISimd<T> =>
        device.Workers.ForRanges(
            (long)arguments.Outer * arguments.Reduced, Math.Max(1, Elementwise.Grain / arguments.Inner), new Body<T>(arguments, scale));

    private readonly struct Body<T>(ReductionBackwardArguments arguments, float scale) : IRangeWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(long start, long end)
        {
            var inner = arguments.Inner;
            var from = arguments.OutputGradient.Pointer();
            var to = arguments.InputGradient.Pointer();
            for (var row = start; row < end;)
            {
                var outer = row / arguments.Reduced;
                var stop = Math.Min(end, (outer + 1) * arguments.Reduced);
                if (inner == 1)
                {
                    new Span<float>(to + row, (int)(stop - row)).Fill(from[outer] * scale);
                    row = stop;
                }

                for (; row < stop; row++)
                {
                    Scale(from + (outer * inner), to + (row * inner), inner);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Scale(float* from, float* to, int count)
        {
            var i = 0;
            for (; i <= count - T.Width; i += T.Width)
            {
                T.Store(T.Load(from + i) * T.Create(scale), to + i);
            }

            T.StorePartial(T.LoadPartial(from + i, count - i) * T.Create(scale), to + i, count - i);
        }
    }
}

/// <summary>SIMD twin of the mean's gradient.</summary>
internal readonly struct MeanBackward : ISimdKernel<ReductionBackwardArguments>
{
    public static void Run<T>(CpuDevice device, in ReductionBackwardArguments arguments)
        where T : unmanaged, ISimd<T> => SumBackward.RunScaled<T>(device, arguments, 1f / arguments.Reduced);
}
