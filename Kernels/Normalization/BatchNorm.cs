using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>SIMD twin: the passes of group normalisation, with the batch as the one image and each channel as a group.</summary>
internal readonly unsafe struct BatchNormTraining : ISimdKernel<BatchNormTrainingArguments>
{
    public static void Run<T>(CpuDevice device, in BatchNormTrainingArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var split = ChannelSplit.ForCpu(arguments.Rows, arguments.Channels);
        using var moments = device.Rent<float>(Check.Elements(split.Count, 2, arguments.Channels));
        using var coefficients = device.Rent<float>(Check.Elements(3, arguments.Channels));
        var input = arguments.Input.Pointer();
        var (m, c) = (moments.Span, coefficients.Span);
        device.Workers.For(split.Count, new ChannelMoments<T>.Item(split, input, m.Pointer()));
        WriteCoefficients<T>(split, arguments, m.Pointer(), c.Pointer());
        device.Workers.For(
            split.Count, new ChannelAffine<T, PassThrough>.Item(split, input, c.Pointer(), arguments.Output.Pointer()));
    }

    [MethodImpl(HotLoop.Options)]
    private static void WriteCoefficients<T>(
        ChannelSplit split, in BatchNormTrainingArguments arguments, float* moments, float* coefficients)
        where T : unmanaged, ISimd<T>
    {
        ChannelMoments<T>.MergeParts(split, moments);
        var channels = split.Channels;
        var input = arguments.Input.Pointer();
        var weight = arguments.Weight.Pointer();
        var bias = arguments.Bias.Pointer();
        var saved = arguments.Mean.Pointer();
        var running = arguments.RunningMean.Pointer();
        for (var c = 0; c < channels; c += T.Width)
        {
            var lanes = Math.Min(T.Width, channels - c);
            var reference = T.LoadPartial(input + c, lanes);
            var offset = T.LoadPartial(moments + c, lanes);
            var deviations = T.LoadPartial(moments + channels + c, lanes);
            var variance = deviations * T.Create(1f / split.Rows);
            var reciprocal = T.Reciprocal(T.Sqrt(variance + T.Create(arguments.Epsilon)));

            // The mean as the sum of two floats: far from zero, one alone is off by up to half a unit of its last place.
            var mean = reference + offset;
            var rest = offset - (mean - reference);
            if (saved != null)
            {
                T.StorePartial(mean, saved + c, lanes);
                T.StorePartial(reciprocal, arguments.ReciprocalDeviation.Pointer() + c, lanes);
            }

            if (running != null)
            {
                Update(running + c, mean, arguments.Momentum, lanes);
                Update(arguments.RunningVariance.Pointer() + c, deviations * T.Create(1f / (split.Rows - 1)), arguments.Momentum, lanes);
            }

            var factor = weight == null ? reciprocal : reciprocal * T.LoadPartial(weight + c, lanes);
            var constant = bias == null ? T.Zero : T.LoadPartial(bias + c, lanes);
            T.StorePartial(mean, coefficients + c, lanes);
            T.StorePartial(factor, coefficients + channels + c, lanes);
            T.StorePartial(T.NegatedMultiplyAdd(rest, factor, constant), coefficients + (2 * channels) + c, lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Update<T>(float* running, T batch, float momentum, int lanes)
        where T : unmanaged, ISimd<T>
    {
        var value = T.LoadPartial(running, lanes);
        T.StorePartial(T.MultiplyAdd(T.Create(momentum), batch - value, value), running, lanes);
    }
}

/// <summary>SIMD twin: one pass, with coefficients per channel that are computed first.</summary>
internal readonly unsafe struct BatchNormEvaluation : ISimdKernel<BatchNormEvaluationArguments>
{
    public static void Run<T>(CpuDevice device, in BatchNormEvaluationArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var split = ChannelSplit.ForCpu(arguments.Rows, arguments.Channels);
        using var coefficients = device.Rent<float>(Check.Elements(3, arguments.Channels));
        WriteCoefficients<T>(arguments, coefficients.Span.Pointer());
        device.Workers.For(split.Count, new ChannelAffine<T, PassThrough>.Item(
            split, arguments.Input.Pointer(), coefficients.Span.Pointer(), arguments.Output.Pointer()));
    }

    [MethodImpl(HotLoop.Options)]
    private static void WriteCoefficients<T>(in BatchNormEvaluationArguments arguments, float* coefficients)
        where T : unmanaged, ISimd<T>
    {
        var channels = arguments.Channels;
        var mean = arguments.RunningMean.Pointer();
        var variance = arguments.RunningVariance.Pointer();
        var weight = arguments.Weight.Pointer();
        var bias = arguments.Bias.Pointer();
        for (var c = 0; c < channels; c += T.Width)
        {
            var lanes = Math.Min(T.Width, channels - c);
            var factor = T.Reciprocal(T.Sqrt(T.LoadPartial(variance + c, lanes) + T.Create(arguments.Epsilon)));
            if (weight != null)
            {
                factor *= T.LoadPartial(weight + c, lanes);
            }

            T.StorePartial(T.LoadPartial(mean + c, lanes), coefficients + c, lanes);
            T.StorePartial(factor, coefficients + channels + c, lanes);
            T.StorePartial(bias == null ? T.Zero : T.LoadPartial(bias + c, lanes), coefficients + (2 * channels) + c, lanes);
        }
    }
}
