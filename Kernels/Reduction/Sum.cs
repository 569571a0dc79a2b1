using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Reduction;

/// <summary>SIMD twin of the norm.</summary>
internal readonly unsafe struct Norm : ISimdKernel<NormArguments>
{
    public static void Run<T>(CpuDevice device, in NormArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var input = arguments.Input.Pointer();
        Summation<T>.Run(
            device, input, input, arguments.Output.Pointer(), 1, arguments.Input.Length, 1, new SumFinish { Scale = 1, Root = 1 });
    }
}

/// <summary>SIMD twin of the dot product.</summary>
internal readonly unsafe struct Dot : ISimdKernel<DotArguments>
{
    public static void Run<T>(CpuDevice device, in DotArguments arguments)
        where T : unmanaged, ISimd<T> =>
        Summation<T>.Run(
            device,
            arguments.Left.Pointer(),
            arguments.Right.Pointer(),
            arguments.Output.Pointer(),
            1,
            arguments.Left.Length,
            1,
            SumFinish.None);
}

/// <summary>SIMD twin of the sum.</summary>
internal readonly unsafe struct Sum : ISimdKernel<ReductionArguments>
{
    public static void Run<T>(CpuDevice device, in ReductionArguments arguments)
        where T : unmanaged, ISimd<T> => RunScaled<T>(device, arguments, 1);

    public static void RunScaled<T>(CpuDevice device, in ReductionArguments arguments, float scale)
        where T : unmanaged, ISimd<T> =>
        Summation<T>.Run(
            device,
            arguments.Input.Pointer(),
            null,
            arguments.Output.Pointer(),
            arguments.Outer,
            arguments.Reduced,
            arguments.Inner,
            new SumFinish { Scale = scale, Accumulate = arguments.Accumulate ? 1 : 0 });
}

/// <summary>SIMD twin of the mean.</summary>
internal readonly struct Mean : ISimdKernel<ReductionArguments>
{
    public static void Run<T>(CpuDevice device, in ReductionArguments arguments)
        where T : unmanaged, ISimd<T> => Sum.RunScaled<T>(device, arguments, 1f / arguments.Reduced);
}
