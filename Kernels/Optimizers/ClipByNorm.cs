using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Optimizers;

/// <summary>SIMD twin; gradients within the norm are left alone.</summary>
internal readonly unsafe struct ClipByNorm : ISimdKernel<ClipByNormArguments>
{
    public static void Run<T>(CpuDevice device, in ClipByNormArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var norm = *arguments.Norm.Pointer();
        if (!float.IsFinite(norm))
        {
            arguments.Gradients.Clear();
            return;
        }

        var scale = arguments.MaximumNorm / (norm + AdamWStep.NormEpsilon);
        if (scale < 1)
        {
            device.Workers.ForRanges(
                arguments.Gradients.Length, Elementwise.Grain, new Body<T>(arguments.Gradients.Pointer(), scale));
        }
    }

    private readonly struct Body<T>(float* gradients, float scale) : IRangeWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(long start, long end)
        {
            var factor = T.Create(scale);
            var i = start;
            for (; i <= end - T.Width; i += T.Width)
            {
                T.Store(T.Load(gradients + i) * factor, gradients + i);
            }

            if (i < end)
            {
                var rest = (int)(end - i);
                T.StorePartial(T.LoadPartial(gradients + i, rest) * factor, gradients + i, rest);
            }
        }
    }
}
