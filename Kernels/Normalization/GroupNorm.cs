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
        if (arguments.Silu)
        {
            Run<T, FusedSilu>(device, arguments);
        }
        else
        {
            Run<T, PassThrough>(device, arguments);
        }
    }

    private static void Run<T, TFunction>(CpuDevice device, in GroupNormArguments arguments)
        where T : unmanaged, ISimd<T>
        where TFunction : INormalizedFunction
    {
        var split = ChannelSplit.ForCpu(arguments.Pixels, arguments.Channels);
        using var moments = device.Rent<float>(Check.Elements(arguments.Batch, split.Count, 2, arguments.Channels));
        using var coefficients = device.Rent<float>(Check.Elements(arguments.Batch, 3, arguments.Channels));
        var input = arguments.Input.Pointer();
        var c = coefficients.Span.Pointer();
        var parts = new ChannelMoments<T>.Item(split, input, moments.Span.Pointer());
        var images = new GroupNormCoefficients<T>(split, arguments, moments.Span.Pointer(), c);
        var outputs = new ChannelAffine<T, TFunction>.Item(split, input, c, arguments.Output.Pointer());
        if (split.Count == 1)
        {
            device.Workers.For(
                arguments.Batch,
                new ItemSequence<ChannelMoments<T>.Item, GroupNormCoefficients<T>>(parts, images).Then(outputs));
        }
        else
        {
            device.Workers.For(arguments.Batch * split.Count, parts);
            device.Workers.For(arguments.Batch, images);
            device.Workers.For(arguments.Batch * split.Count, outputs);
        }
    }
}
