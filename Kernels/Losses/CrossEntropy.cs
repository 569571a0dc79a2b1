using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Pointwise;

namespace KernelDiff.Kernels.Losses;

/// <summary>SIMD twin: vectors of classes; runs of positions of a sample are summed by themselves, then in order.</summary>
internal readonly unsafe struct CrossEntropy : ISimdKernel<CrossEntropyArguments>
{
    public static void Run<T>(CpuDevice device, in CrossEntropyArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var (rows, parts) = CrossEntropySplit.Of(arguments.Positions, arguments.Classes);
        using var workspace = device.Rent<float>(2 * arguments.Samples * parts);
        var sums = workspace.Span.Pointer();
        device.Workers.For(arguments.Samples * parts, new Body<T>(arguments, sums, rows, parts));
        var sampleLosses = arguments.SampleLosses.Pointer();
        for (var sample = 0; sample < arguments.Samples; sample++)
        {
            var (loss, weight) = (0.0, 0.0);
            for (var i = sample * parts; i < (sample + 1) * parts; i++)
            {
                loss += sums[2 * i];
                weight += sums[(2 * i) + 1];
            }

            sampleLosses[sample] = (float)(weight == 0 ? loss : loss / weight);
            arguments.WeightSums.Pointer()[sample] = (float)weight;
        }

        *arguments.Loss.Pointer() = LossMean.Of(sampleLosses, arguments.SampleWeights.Pointer(), arguments.Samples);
    }

    private readonly struct Body<T>(CrossEntropyArguments arguments, float* sums, int rows, int parts) : IWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(int index)
        {
            var sample = index / parts;
            var first = (index - (sample * parts)) * rows;
            var end = Math.Min(first + rows, arguments.Positions);
            var labels = arguments.Labels.Pointer();
            var weights = arguments.ClassWeights.Pointer();
            var (loss, weightSum) = (0.0, 0.0);
            for (var position = first; position < end; position++)
            {
                var row = ((long)sample * arguments.Positions) + position;
                var logits = arguments.Logits.Pointer() + (row * arguments.Classes);
                var (top, logarithm) = LogSum(logits, arguments.Classes);
                arguments.LogSumExp.Pointer()[row] = top + logarithm;
                var label = labels[row];
                if (label == arguments.IgnoredLabel)
                {
                    continue;
                }

                if ((uint)label >= (uint)arguments.Classes)
                {
                    loss = double.NaN;
                    continue;
                }

                var weight = weights is null ? 1 : weights[label];
                loss += (double)weight * (top - logits[label] + logarithm);
                weightSum += weight;
            }

            sums[2 * index] = (float)loss;
            sums[(2 * index) + 1] = (float)weightSum;
        }

        /// <summary>The largest logit, and ln(sum of e^(logit - largest)).</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static (float Top, float Logarithm) LogSum(float* logits, int classes)
        {
            var lowest = T.Create(float.NegativeInfinity);
            var maxima = lowest;
            var c = 0;
            for (; c <= classes - T.Width; c += T.Width)
            {
                maxima = T.Max(maxima, T.Load(logits + c));
            }

            var rest = classes - c;
            if (rest > 0)
            {
                maxima = T.Max(maxima, T.LoadPartial(logits + c, rest, lowest));
            }

            var top = T.MaxAcross(maxima);
            var offset = T.Create(top);
            var sum = T.Zero;
            for (c = 0; c <= classes - T.Width; c += T.Width)
            {
                sum += SimdMath.Exp(T.Load(logits + c) - offset);
            }

            if (rest > 0)
            {
                sum += SimdMath.Exp(T.LoadPartial(logits + c, rest, lowest) - offset);
            }

            return (top, MathF.Log(T.Sum(sum)));
        }
    }
}

/// <summary>SIMD twin: the softmax times a factor of the position, less the factor at the label.</summary>
internal readonly unsafe struct CrossEntropyGradient : ISimdKernel<CrossEntropyGradientArguments>
{
    public static void Run<T>(CpuDevice device, in CrossEntropyGradientArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var (rows, parts) = CrossEntropySplit.Of(arguments.Positions, arguments.Classes);
        var scale = *arguments.LossGradient.Pointer() / arguments.Samples;
        device.Workers.For(arguments.Samples * parts, new Body<T>(arguments, scale, rows, parts));
    }

    private readonly struct Body<T>(CrossEntropyGradientArguments arguments, float scale, int rows, int parts) : IWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(int index)
        {
            var sample = index / parts;
            var first = (index - (sample * parts)) * rows;
            var end = Math.Min(first + rows, arguments.Positions);
            var classes = arguments.Classes;
            var labels = arguments.Labels.Pointer();
            var weights = arguments.ClassWeights.Pointer();
            var weightSum = arguments.WeightSums.Pointer()[sample];
            var sampleScale = arguments.SampleWeights.IsAbsent ? scale : scale * arguments.SampleWeights.Pointer()[sample];
            sampleScale = weightSum == 0 ? 0 : sampleScale / weightSum;
            for (var position = first; position < end; position++)
            {
                var row = ((long)sample * arguments.Positions) + position;
                var gradient = arguments.LogitGradient.Pointer() + (row * classes);
                var label = labels[row];
                if (label == arguments.IgnoredLabel)
                {
                    new Span<float>(gradient, classes).Clear();
                    continue;
                }

                if ((uint)label >= (uint)classes)
                {
                    new Span<float>(gradient, classes).Fill(float.NaN);
                    continue;
                }

                var factor = weights is null ? sampleScale : sampleScale * weights[label];
                Softmax(
                    arguments.Logits.Pointer() + (row * classes), gradient, classes, arguments.LogSumExp.Pointer()[row], factor);
                gradient[label] -= factor;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Softmax(float* logits, float* gradient, int classes, float logSum, float factor)
        {
            var (offset, scale) = (T.Create(logSum), T.Create(factor));
            var c = 0;
            for (; c <= classes - T.Width; c += T.Width)
            {
                T.Store(scale * SimdMath.Exp(T.Load(logits + c) - offset), gradient + c);
            }

            if (c < classes)
            {
                var rest = classes - c;
                T.StorePartial(scale * SimdMath.Exp(T.LoadPartial(logits + c, rest) - offset), gradient + c, rest);
            }
        }
    }
}

/// <summary>How the positions of a sample are cut into work items.</summary>
internal static class CrossEntropySplit
{
    public static (int Rows, int Parts) Of(int positions, int classes)
    {
        var rows = Math.Max(1, Elementwise.Grain / classes);
        return (rows, ((positions - 1) / rows) + 1);
    }
}
