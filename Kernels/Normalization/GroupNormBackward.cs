using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>
/// SIMD twin: a pass over input and output gradient for two sums per channel, one over the channels for coefficients and the
/// gradients of parameters, and a pass that forms the input gradient.
/// </summary>
internal readonly unsafe struct GroupNormBackward : ISimdKernel<GroupNormBackwardArguments>
{
    public static void Run<T>(CpuDevice device, in GroupNormBackwardArguments arguments)
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

    private static void Run<T, TFunction>(CpuDevice device, in GroupNormBackwardArguments arguments)
        where T : unmanaged, ISimd<T>
        where TFunction : INormalizedFunction
    {
        var split = ChannelSplit.ForCpu(arguments.Pixels, arguments.Channels);
        using var sums = device.Rent<float>(Check.Elements(arguments.Batch, split.Count, ChannelGradientSums.Count, arguments.Channels));
        using var coefficients = device.Rent<float>(
            Check.Elements(arguments.Batch, ChannelGradient.Coefficients, arguments.Channels));
        var input = arguments.Input.Pointer();
        var outputGradient = arguments.OutputGradient.Pointer();
        var c = coefficients.Span.Pointer();
        var images = new GroupNormGradientCoefficients<T>(split, arguments, sums.Span.Pointer(), c);
        var forward = new GroupNormGradientCoefficients<T>.Forward(images);
        var parts = new ChannelGradientSums<T, TFunction>.Item(split, input, outputGradient, c, sums.Span.Pointer());
        var gradients = new ChannelGradient<T, TFunction>.Item(split, input, outputGradient, c, arguments.InputGradient.Pointer());
        if (split.Count == 1)
        {
            device.Workers.For(
                arguments.Batch,
                new ItemSequence<GroupNormGradientCoefficients<T>.Forward, ChannelGradientSums<T, TFunction>.Item>(forward, parts)
                    .Then(images)
                    .Then(gradients));
        }
        else
        {
            device.Workers.For(arguments.Batch, forward);
            device.Workers.For(arguments.Batch * split.Count, parts);
            device.Workers.For(arguments.Batch, images);
            device.Workers.For(arguments.Batch * split.Count, gradients);
        }

        ParameterGradients.Sum<T>(
            arguments.Batch,
            split.Channels,
            (long)ChannelGradientSums.Count * split.Channels * split.Count,
            sums.Span.Pointer(),
            arguments.WeightGradient.Pointer(),
            arguments.BiasGradient.Pointer(),
            arguments.Accumulate);
    }
}
