using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// Weight gradients on the CPU: for each tap a product of two matrices with a row per position, neither of which is built. The micro-kernel
/// gets a pointer to the left pixel of every position; the right pixels are packed, because many taps and tiles use them. Kernels of one
/// pixel are left to the matrix product.
/// </summary>
internal static unsafe class WeightGradient
{
    public static void Run<T>(CpuDevice device, in TapProducts products, float* left, float* right, float* gradient, bool accumulate)
        where T : unmanaged, ISimd<T>
    {
        if (products.IsMatrixProduct)
        {
            Multiply<T>(device, products, left, right, gradient, accumulate);
            return;
        }

        var plan = new WeightGradientPlan(
            products, device.Workers.Threads, T.Width, MicroKernels.MaximumRows<T>(), MicroKernels.MaximumVectors<T>());
        device.Workers.For(plan.Items, new WeightGradientItem<T>(products, plan, left, right, gradient, accumulate));
    }

    private static void Multiply<T>(CpuDevice device, in TapProducts products, float* left, float* right, float* gradient, bool accumulate)
        where T : unmanaged, ISimd<T> =>
        Gemm.Run<T>(device, new GemmProblem
        {
            Rows = products.Left.Channels,
            Columns = products.Right.Channels,
            Depth = products.Positions,
            A = left,
            AStride = products.Left.Channels,
            TransposeA = true,
            B = right,
            BStride = products.Right.Channels,
            C = gradient,
            CStride = products.Right.Channels,
            Beta = accumulate ? 1 : 0,
        });
}
