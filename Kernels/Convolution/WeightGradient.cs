using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// Weight gradients on the CPU: for each tap a product of two matrices with a row per position, neither of which is built. The micro-kernel
/// gets a pointer to the left pixel of every position; the right pixels are packed, because many taps and tiles use them.
/// </summary>
internal static unsafe class WeightGradient
{
    public static void Run<T>(WorkerPool workers, in TapProducts products, float* left, float* right, float* gradient, bool accumulate)
        where T : unmanaged, ISimd<T>
    {
        var plan = new WeightGradientPlan(
            products, workers.Threads, T.Width, MicroKernels.MaximumRows<T>(), MicroKernels.MaximumVectors<T>());
        workers.For(plan.Items, new WeightGradientItem<T>(products, plan, left, right, gradient, accumulate));
    }
}
