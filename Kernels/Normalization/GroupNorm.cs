using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>
/// SIMD twin: a pass over the input for the moments of each channel, one over the channels for their coefficients, and a pass from
/// input to output. Images that are one part only go through all three on one thread, while they are in its cache; of larger ones, so many
/// at a time that all threads have work.
/// </summary>
internal readonly unsafe struct GroupNorm : ISimdKernel<GroupNormArguments>
{
    private const int ItemsPerThread = 4;

    // What two passes read while it stays in second-level caches; fewer elements are not worth handing out apart.
    private const long CachedElements = 1 << 20;

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
        var coefficientsOf = new GroupNormCoefficients<T>(split, arguments, moments.Span.Pointer(), c);
        var outputs = new ChannelAffine<T, TFunction>.Item(split, input, c, arguments.Output.Pointer());
        if (split.Count == 1)
        {
            device.Workers.For(
                arguments.Batch,
                new ItemSequence<ChannelMoments<T>.Item, GroupNormCoefficients<T>>(parts, coefficientsOf).Then(outputs));
        }
        else
        {
            var workers = device.Workers;
            var working = ((ItemsPerThread * workers.Threads) + split.Count - 1) / split.Count;
            var images = (int)Math.Clamp(CachedElements / split.Elements, Math.Min(working, arguments.Batch), arguments.Batch);
            for (var first = 0; first < arguments.Batch; first += images)
            {
                var count = Math.Min(images, arguments.Batch - first);
                workers.For(count * split.Count, new ItemRange<ChannelMoments<T>.Item>(parts, first * split.Count));
                workers.For(count, new ItemRange<GroupNormCoefficients<T>>(coefficientsOf, first));
                workers.For(count * split.Count, new ItemRange<ChannelAffine<T, TFunction>.Item>(outputs, first * split.Count));
            }
        }
    }
}
