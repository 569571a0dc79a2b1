using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Losses;

/// <summary>SIMD twin of the losses of a prediction and a target.</summary>
internal readonly unsafe struct ElementLoss<TFunction> : ISimdKernel<ElementLossArguments>
    where TFunction : struct, ILossFunction
{
    public static void Run<T>(CpuDevice device, in ElementLossArguments arguments)
        where T : unmanaged, ISimd<T> =>
        LossSums<T, TFunction>.Run(
            device,
            arguments.Prediction.Pointer(),
            arguments.Target.Pointer(),
            arguments.SampleWeights.Pointer(),
            arguments.SampleLosses.Pointer(),
            arguments.Loss.Pointer(),
            arguments.Samples,
            arguments.Elements);
}

/// <summary>SIMD twin: one pass over predictions and targets.</summary>
internal readonly unsafe struct ElementLossGradient<TFunction> : ISimdKernel<ElementLossGradientArguments>
    where TFunction : struct, ILossFunction
{
    public static void Run<T>(CpuDevice device, in ElementLossGradientArguments arguments)
        where T : unmanaged, ISimd<T> =>
        LossGradient<T, TFunction>.Run(
            device,
            arguments.Prediction.Pointer(),
            arguments.Target.Pointer(),
            arguments.SampleWeights.Pointer(),
            arguments.LossGradient.Pointer(),
            arguments.PredictionGradient.Pointer(),
            arguments.Samples,
            arguments.Elements);
}

/// <summary>Sums of a sample's losses: blocks of vectors, then runs of blocks, then the runs in order.</summary>
internal readonly unsafe struct LossSums<T, TFunction>(float* predictions, float* targets, float* sums, int elements, int parts) : IWorkItem
    where T : unmanaged, ISimd<T>
    where TFunction : struct, ILossFunction
{
    /// <summary>Vectors that are added one after another before their sum is added to those of other blocks.</summary>
    private const int Block = 32;

    public static void Run(
        CpuDevice device,
        float* predictions,
        float* targets,
        float* weights,
        float* sampleLosses,
        float* loss,
        int samples,
        int elements)
    {
        var parts = (int)(((long)elements + Elementwise.Grain - 1) / Elementwise.Grain);
        using var workspace = device.Rent<float>(samples * parts);
        var sums = workspace.Span.Pointer();
        device.Workers.For(samples * parts, new LossSums<T, TFunction>(predictions, targets, sums, elements, parts));
        for (var sample = 0; sample < samples; sample++)
        {
            var sum = 0.0;
            for (var part = 0; part < parts; part++)
            {
                sum += sums[(sample * parts) + part];
            }

            sampleLosses[sample] = (float)(sum / elements);
        }

        *loss = LossMean.Of(sampleLosses, weights, samples);
    }

    [MethodImpl(HotLoop.Options)]
    public void Run(int index)
    {
        var sample = index / parts;
        var start = (long)(index - (sample * parts)) * Elementwise.Grain;
        var prediction = predictions + ((long)sample * elements);
        var target = targets + ((long)sample * elements);
        var end = Math.Min(start + Elementwise.Grain, elements);
        var total = T.Zero;
        var i = start;
        while (i <= end - T.Width)
        {
            var stop = Math.Min(end - T.Width, i + ((Block - 1) * T.Width));
            var sum = T.Zero;
            for (; i <= stop; i += T.Width)
            {
                sum += TFunction.Value(T.Load(prediction + i), T.Load(target + i));
            }

            total += sum;
        }

        if (i < end)
        {
            var rest = (int)(end - i);
            var last = TFunction.Value(T.LoadPartial(prediction + i, rest), T.LoadPartial(target + i, rest));
            total += T.Select(T.LessThan(T.Indices, T.Create(rest)), last, T.Zero);
        }

        sums[index] = T.Sum(total);
    }
}

/// <summary>The derivative of every element's loss times the weight of its sample.</summary>
internal readonly unsafe struct LossGradient<T, TFunction>(
    float* predictions, float* targets, float* weights, float* gradients, float scale, int elements, int parts) : IWorkItem
    where T : unmanaged, ISimd<T>
    where TFunction : struct, ILossFunction
{
    public static void Run(
        CpuDevice device,
        float* predictions,
        float* targets,
        float* weights,
        float* lossGradient,
        float* gradients,
        int samples,
        int elements)
    {
        var parts = (int)(((long)elements + Elementwise.Grain - 1) / Elementwise.Grain);
        var scale = *lossGradient / ((float)samples * elements);
        device.Workers.For(
            samples * parts,
            new LossGradient<T, TFunction>(predictions, targets, weights, gradients, scale, elements, parts));
    }

    [MethodImpl(HotLoop.Options)]
    public void Run(int index)
    {
        var sample = index / parts;
        var first = (long)sample * elements;
        var start = (long)(index - (sample * parts)) * Elementwise.Grain;
        var end = first + Math.Min(start + Elementwise.Grain, elements);
        var factor = T.Create(weights is null ? scale : scale * weights[sample]);
        var i = first + start;
        for (; i <= end - T.Width; i += T.Width)
        {
            T.Store(factor * TFunction.Derivative(T.Load(predictions + i), T.Load(targets + i)), gradients + i);
        }

        if (i < end)
        {
            var rest = (int)(end - i);
            var derivative = TFunction.Derivative(T.LoadPartial(predictions + i, rest), T.LoadPartial(targets + i, rest));
            T.StorePartial(factor * derivative, gradients + i, rest);
        }
    }
}

internal static unsafe class LossMean
{
    /// <summary>The mean of the samples' losses times their weights.</summary>
    public static float Of(float* sampleLosses, float* weights, int samples)
    {
        var sum = 0.0;
        for (var sample = 0; sample < samples; sample++)
        {
            sum += weights is null ? sampleLosses[sample] : (double)weights[sample] * sampleLosses[sample];
        }

        return (float)(sum / samples);
    }
}
