using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Convolution;

/// <summary>Finishes outputs that stand in the target already: f(target) + residual. One thread per element.</summary>
/// <remarks>
/// Layers of today's networks activate before a convolution, not behind it. Within the transform of sums, exponentials that nobody asks for
/// would keep OpenCL compilers for CPUs from vectorising it.
/// </remarks>
internal static class WinogradActivation
{
    private static readonly GpuKernel<Parameters> Kernel = new(Activate);

    public static GpuKernel[] Kernels => [Kernel];

    /// <param name="device">Where.</param>
    /// <param name="epilogue">With an activation, and a residual or none.</param>
    /// <param name="length">Elements of the target.</param>
    public static void Launch(GpuDevice device, in ConvolutionEpilogue epilogue, int length) =>
        device.LaunchElementwise(Kernel, length, new Parameters { Epilogue = epilogue, Length = length });

    internal static void Activate(Parameters p)
    {
        var index = Grid.GlobalIndex.X;
        if (index < p.Length)
        {
            p.Epilogue.Store(p.Epilogue.Target[index], index, 0, 0);
        }
    }

    internal struct Parameters
    {
        public ConvolutionEpilogue Epilogue;
        public int Length;
    }
}
