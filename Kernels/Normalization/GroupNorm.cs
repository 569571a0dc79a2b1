using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>
/// SIMD twin: a pass over the input for the moments of each channel, one over the channels for their coefficients, and a pass from
/// input to output. Images that are one part only go through all three on one thread, while they are in its cache.
/// </summary>
internal readonly unsafe struct GroupNorm : ISimdKernel<GroupNormArguments>
{
    public static void Run<T>(CpuDevice device, in GroupNormArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var split = ChannelSplit.ForCpu(arguments.Pixels, arguments.Channels);
        using var moments = device.Rent<float>(Check.Elements(arguments.Batch, split.Count, 2, arguments.Channels));
        using var coefficients = device.Rent<float>(Check.Elements(arguments.Batch, 3, arguments.Channels));
        var first = new ChannelMoments<T>.Item(split, arguments.Input.Pointer(), moments.Span.Pointer());
        var second = new GroupNormCoefficients<T>(split, arguments, moments.Span.Pointer(), coefficients.Span.Pointer());
        if (arguments.Silu)
        {
            InThreePasses(device, arguments.Batch, split, first, second, new ChannelAffine<T, FusedSilu>.Item(
                split, arguments.Input.Pointer(), coefficients.Span.Pointer(), arguments.Output.Pointer()));
        }
        else
        {
            InThreePasses(device, arguments.Batch, split, first, second, new ChannelAffine<T, PassThrough>.Item(
                split, arguments.Input.Pointer(), coefficients.Span.Pointer(), arguments.Output.Pointer()));
        }
    }

    /// <summary>Runs items of parts, then of images, then of parts again.</summary>
    public static void InThreePasses<TFirst, TSecond, TThird>(
        CpuDevice device, int batch, ChannelSplit split, TFirst first, TSecond second, TThird third)
        where TFirst : struct, IWorkItem
        where TSecond : struct, IWorkItem
        where TThird : struct, IWorkItem
    {
        if (split.Count == 1)
        {
            device.Workers.For(batch, new WholeImage<TFirst, TSecond, TThird>(first, second, third));
            return;
        }

        device.Workers.For(batch * split.Count, first);
        device.Workers.For(batch, second);
        device.Workers.For(batch * split.Count, third);
    }

    private readonly struct WholeImage<TFirst, TSecond, TThird>(TFirst first, TSecond second, TThird third) : IWorkItem
        where TFirst : struct, IWorkItem
        where TSecond : struct, IWorkItem
        where TThird : struct, IWorkItem
    {
        public void Run(int index)
        {
            first.Run(index);
            second.Run(index);
            third.Run(index);
        }
    }
}
