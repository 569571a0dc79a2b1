using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Optimizers;

/// <summary>SIMD twin: one pass over parameters, gradients and moments.</summary>
internal readonly unsafe struct AdamW : ISimdKernel<AdamWArguments>
{
    public static void Run<T>(CpuDevice device, in AdamWArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var scale = 1f;
        if (!arguments.GradientNorm.IsAbsent)
        {
            var norm = *arguments.GradientNorm.Pointer();
            if (!float.IsFinite(norm))
            {
                return;
            }

            scale = Math.Min(1, arguments.MaximumGradientNorm / (norm + AdamWStep.NormEpsilon));
        }

        device.Workers.ForRanges(arguments.Parameters.Length, Elementwise.Grain, new Body<T>(
            arguments.Parameters.Pointer(),
            arguments.Gradients.Pointer(),
            arguments.FirstMoments.Pointer(),
            arguments.SecondMoments.Pointer(),
            scale,
            AdamWStep.Of(arguments)));
    }

    private readonly struct Body<T>(float* parameters, float* gradients, float* firsts, float* seconds, float scale, AdamWStep step)
        : IRangeWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(long start, long end)
        {
            var i = start;
            for (; i <= end - T.Width; i += T.Width)
            {
                var (parameter, first, second) = (T.Load(parameters + i), T.Load(firsts + i), T.Load(seconds + i));
                Advance(ref parameter, T.Load(gradients + i), ref first, ref second);
                T.Store(parameter, parameters + i);
                T.Store(first, firsts + i);
                T.Store(second, seconds + i);
            }

            if (i < end)
            {
                var rest = (int)(end - i);
                var (parameter, first, second) =
                    (T.LoadPartial(parameters + i, rest), T.LoadPartial(firsts + i, rest), T.LoadPartial(seconds + i, rest));
                Advance(ref parameter, T.LoadPartial(gradients + i, rest), ref first, ref second);
                T.StorePartial(parameter, parameters + i, rest);
                T.StorePartial(first, firsts + i, rest);
                T.StorePartial(second, seconds + i, rest);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Advance(ref T parameter, T gradient, ref T first, ref T second)
        {
            gradient *= T.Create(scale);
            first = T.MultiplyAdd(T.Create(step.Rest1), gradient, T.Create(step.Beta1) * first);
            second = T.MultiplyAdd(T.Create(step.Rest2) * gradient, gradient, T.Create(step.Beta2) * second);
            var deviation = T.MultiplyAdd(T.Sqrt(second), T.Create(step.RootCorrection), T.Create(step.Epsilon));
            parameter = T.NegatedMultiplyAdd(T.Create(step.StepSize), first / deviation, parameter * T.Create(step.Keep));
        }
    }
}
