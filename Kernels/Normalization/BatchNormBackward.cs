using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>SIMD twin: the statistics depend on the input and are differentiated too.</summary>
internal readonly unsafe struct BatchNormTrainingBackward : ISimdKernel<BatchNormTrainingBackwardArguments>
{
    public static void Run<T>(CpuDevice device, in BatchNormTrainingBackwardArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var split = ChannelSplit.ForCpu(arguments.Rows, arguments.Channels);
        new BatchNormGradient
        {
            Split = split,
            Input = arguments.Input.Pointer(),
            OutputGradient = arguments.OutputGradient.Pointer(),
            Mean = arguments.Mean.Pointer(),
            ReciprocalDeviation = arguments.ReciprocalDeviation.Pointer(),
            Weight = arguments.Weight.Pointer(),
            InputGradient = arguments.InputGradient.Pointer(),
            WeightGradient = arguments.WeightGradient.Pointer(),
            BiasGradient = arguments.BiasGradient.Pointer(),
            Accumulate = arguments.Accumulate,
        }.Run<T>(device);
    }
}

/// <summary>SIMD twin: the statistics are constants.</summary>
internal readonly unsafe struct BatchNormEvaluationBackward : ISimdKernel<BatchNormEvaluationBackwardArguments>
{
    public static void Run<T>(CpuDevice device, in BatchNormEvaluationBackwardArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        using var reciprocalDeviation = device.Rent<float>(arguments.Channels);
        var reciprocal = reciprocalDeviation.Span.Pointer();
        var variance = arguments.RunningVariance.Pointer();
        for (var c = 0; c < arguments.Channels; c++)
        {
            reciprocal[c] = 1f / MathF.Sqrt(variance[c] + arguments.Epsilon);
        }

        new BatchNormGradient
        {
            Split = ChannelSplit.ForCpu(arguments.Rows, arguments.Channels),
            Input = arguments.Input.Pointer(),
            OutputGradient = arguments.OutputGradient.Pointer(),
            Mean = arguments.RunningMean.Pointer(),
            ReciprocalDeviation = reciprocal,
            Weight = arguments.Weight.Pointer(),
            InputGradient = arguments.InputGradient.Pointer(),
            WeightGradient = arguments.WeightGradient.Pointer(),
            BiasGradient = arguments.BiasGradient.Pointer(),
            Accumulate = arguments.Accumulate,
            IsConstant = true,
        }.Run<T>(device);
    }
}

/// <summary>SIMD: the backward passes of both kinds of batch normalisation.</summary>
internal unsafe struct BatchNormGradient
{
    public ChannelSplit Split;
    public float* Input;
    public float* OutputGradient;
    public float* Mean;
    public float* ReciprocalDeviation;
    public float* Weight;
    public float* InputGradient;
    public float* WeightGradient;
    public float* BiasGradient;
    public bool Accumulate;

    /// <summary>Whether nothing is differentiated through the statistics.</summary>
    public bool IsConstant;

    public readonly void Run<T>(CpuDevice device)
        where T : unmanaged, ISimd<T>
    {
        using var sums = device.Rent<float>(Check.Elements(Split.Count, ChannelGradientSums.Count, Split.Channels));
        using var coefficients = device.Rent<float>(Check.Elements(ChannelGradient.Coefficients, Split.Channels));
        var (s, c) = (sums.Span, coefficients.Span);
        WriteForward<T>(c.Pointer());
        device.Workers.For(Split.Count, new ChannelGradientSums<T, PassThrough>.Item(
            Split, Input, OutputGradient, c.Pointer(), s.Pointer()));
        WriteBackward<T>(s.Pointer(), c.Pointer());
        device.Workers.For(Split.Count, new ChannelGradient<T, PassThrough>.Item(
            Split, Input, OutputGradient, c.Pointer(), InputGradient));
        ParameterGradients.Sum<T>(1, Split.Channels, 0, s.Pointer(), WeightGradient, BiasGradient, Accumulate);
    }

    [MethodImpl(HotLoop.Options)]
    private readonly void WriteForward<T>(float* coefficients)
        where T : unmanaged, ISimd<T>
    {
        for (var c = 0; c < Split.Channels; c += T.Width)
        {
            var lanes = Math.Min(T.Width, Split.Channels - c);
            T.StorePartial(T.LoadPartial(Mean + c, lanes), coefficients + c, lanes);
            T.StorePartial(T.Create(1f), coefficients + Split.Channels + c, lanes);
            T.StorePartial(T.Zero, coefficients + (2 * Split.Channels) + c, lanes);
        }
    }

    [MethodImpl(HotLoop.Options)]
    private readonly void WriteBackward<T>(float* sums, float* coefficients)
        where T : unmanaged, ISimd<T>
    {
        ChannelGradientSums.AddParts<T>(Split, sums);
        var channels = Split.Channels;
        for (var c = 0; c < channels; c++)
        {
            var sum = (double)sums[c] + sums[(2 * channels) + c];
            var offset = IsConstant ? 0 : sums[(3 * channels) + c] / (double)Split.Rows;
            var moment = sums[channels + c] - (offset * sum);
            var reciprocal = ReciprocalDeviation[c];
            var gain = Weight == null ? reciprocal : reciprocal * Weight[c];
            var slope = IsConstant ? 0f : (float)(-(double)gain * reciprocal * reciprocal * moment / Split.Rows);
            var constant = IsConstant ? 0 : -(gain * sum / Split.Rows) - (slope * offset);
            coefficients[(3 * channels) + c] = gain;
            coefficients[(4 * channels) + c] = slope;
            coefficients[(5 * channels) + c] = (float)constant;
            coefficients[(6 * channels) + c] = (float)(constant - (float)constant);
            sums[c] = (float)sum;
            sums[channels + c] = (float)(reciprocal * moment);
        }
    }
}
