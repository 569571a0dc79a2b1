using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Losses;

/// <summary>
/// Losses of single elements. A group of threads adds a fixed part of a sample in a tree, <see cref="LossReduction"/> adds the parts.
/// The function is chosen at run time: it costs nothing beside the loads, and every loss shares one program.
/// </summary>
internal static class LossKernels
{
    private const int Squared = 0;
    private const int Absolute = 1;
    private const int BinaryCrossEntropy = 2;

    /// <summary>The first of three, in the order of <see cref="HingeSide"/>.</summary>
    private const int Hinge = 3;

    private const int GroupSize = 128;
    private const int ElementsOfPart = 32 * GroupSize;

    private static readonly GpuKernel<SumParameters> SumKernel = new(Sum);
    private static readonly GpuKernel<GradientParameters> GradientKernel = new(Gradient);

    public static GpuVariant<ElementLossArguments> SquaredVariant { get; } = Forward(Squared);

    public static GpuVariant<ElementLossArguments> AbsoluteVariant { get; } = Forward(Absolute);

    public static GpuVariant<ElementLossArguments> BinaryCrossEntropyVariant { get; } = Forward(BinaryCrossEntropy);

    public static GpuVariant<ElementLossGradientArguments> SquaredGradientVariant { get; } = Backward(Squared);

    public static GpuVariant<ElementLossGradientArguments> AbsoluteGradientVariant { get; } = Backward(Absolute);

    public static GpuVariant<ElementLossGradientArguments> BinaryCrossEntropyGradientVariant { get; } = Backward(BinaryCrossEntropy);

    public static GpuVariant<HingeLossArguments> HingeVariant { get; } =
        new("tree", LaunchHinge, [SumKernel, LossReduction.SampleKernel, LossReduction.MeanKernel]);

    public static GpuVariant<HingeLossGradientArguments> HingeGradientVariant { get; } =
        new("elementwise", LaunchHingeGradient, [GradientKernel]);

    private static GpuVariant<ElementLossArguments> Forward(int function)
    {
        void Launch(GpuDevice device, in ElementLossArguments arguments) => LaunchSum(
            device,
            function,
            arguments.Prediction,
            arguments.Target,
            arguments.Samples,
            arguments.Elements,
            arguments.SampleWeights,
            arguments.SampleLosses,
            arguments.Loss);

        return new("tree", Launch, [SumKernel, LossReduction.SampleKernel, LossReduction.MeanKernel]);
    }

    private static GpuVariant<ElementLossGradientArguments> Backward(int function)
    {
        void Launch(GpuDevice device, in ElementLossGradientArguments arguments) => LaunchGradient(
            device,
            function,
            arguments.Prediction,
            arguments.Target,
            arguments.Samples,
            arguments.Elements,
            arguments.SampleWeights,
            arguments.LossGradient,
            arguments.PredictionGradient);

        return new("elementwise", Launch, [GradientKernel]);
    }

    private static void LaunchHinge(GpuDevice device, in HingeLossArguments arguments) => LaunchSum(
        device,
        Hinge + (int)arguments.Side,
        arguments.Scores,
        default,
        arguments.Samples,
        arguments.Elements,
        arguments.SampleWeights,
        arguments.SampleLosses,
        arguments.Loss);

    private static void LaunchHingeGradient(GpuDevice device, in HingeLossGradientArguments arguments) => LaunchGradient(
        device,
        Hinge + (int)arguments.Side,
        arguments.Scores,
        default,
        arguments.Samples,
        arguments.Elements,
        arguments.SampleWeights,
        arguments.LossGradient,
        arguments.ScoreGradient);

    private static void LaunchSum(
        GpuDevice device,
        int function,
        DeviceSpan<float> prediction,
        DeviceSpan<float> target,
        int samples,
        int elements,
        DeviceSpan<float> weights,
        DeviceSpan<float> sampleLosses,
        DeviceSpan<float> loss)
    {
        var parts = ((elements - 1) / ElementsOfPart) + 1;
        using var sums = device.Rent<float>(samples * parts);
        device.Launch(SumKernel, new Index3D(parts, samples, 1), new Index3D(GroupSize, 1, 1), new SumParameters
        {
            Prediction = device.View(prediction),
            Target = device.View(target),
            Sums = device.View(sums.Span),
            Function = function,
            Elements = elements,
        });
        LossReduction.LaunchSamples(device, sums.Span, default, sampleLosses, samples, parts, elements);
        LossReduction.LaunchMean(device, sampleLosses, weights, loss, samples);
    }

    private static void LaunchGradient(
        GpuDevice device,
        int function,
        DeviceSpan<float> prediction,
        DeviceSpan<float> target,
        int samples,
        int elements,
        DeviceSpan<float> weights,
        DeviceSpan<float> lossGradient,
        DeviceSpan<float> gradient) =>
        device.LaunchElementwise(GradientKernel, gradient.Length, new GradientParameters
        {
            Prediction = device.View(prediction),
            Target = device.View(target),
            Weights = device.View(weights),
            LossGradient = device.View(lossGradient),
            Gradient = device.View(gradient),
            Function = function,
            IsWeighted = weights.IsAbsent ? 0 : 1,
            Elements = elements,
            Length = gradient.Length,
            Scale = 1f / ((float)samples * elements),
        });

    internal static void Sum(SumParameters p)
    {
        var sums = SharedMemory.Allocate<float>(GroupSize);
        var thread = Group.IdxX;
        var sample = Grid.IdxY;
        var first = sample * p.Elements;
        var start = Grid.IdxX * ElementsOfPart;
        var end = p.Elements - start < ElementsOfPart ? p.Elements : start + ElementsOfPart;
        var sum = 0f;
        for (var i = start + thread; i < end; i += GroupSize)
        {
            var target = 0f;
            if (p.Function < Hinge)
            {
                target = p.Target[first + i];
            }

            sum += Value(p.Function, p.Prediction[first + i], target);
        }

        sums[thread] = sum;
        Group.Barrier();
        for (var stride = GroupSize / 2; stride > 0; stride /= 2)
        {
            if (thread < stride)
            {
                sums[thread] += sums[thread + stride];
            }

            Group.Barrier();
        }

        if (thread == 0)
        {
            p.Sums[(sample * Grid.DimX) + Grid.IdxX] = sums[0];
        }
    }

    internal static void Gradient(GradientParameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            var factor = p.LossGradient[0] * p.Scale;
            if (p.IsWeighted != 0)
            {
                factor *= p.Weights[i / p.Elements];
            }

            var target = 0f;
            if (p.Function < Hinge)
            {
                target = p.Target[i];
            }

            p.Gradient[i] = factor * Derivative(p.Function, p.Prediction[i], target);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Value(int function, float x, float target)
    {
        var difference = x - target;
        var value = 0f;
        if (function == Squared)
        {
            value = difference * difference;
        }
        else if (function == Absolute)
        {
            value = XMath.Abs(difference);
        }
        else if (function == BinaryCrossEntropy)
        {
            // As in BinaryCrossEntropyFunction.
            var e = XMath.Exp(-XMath.Abs(x));
            var sum = 1f + e;
            var logarithm = sum == 1f ? e : GpuMath.Log(sum) * (e / (sum - 1f));
            value = (x > 0f ? x * (1f - target) : -(x * target)) + logarithm;
        }
        else if (function == Hinge)
        {
            value = GpuMath.AtLeast(0f, 1f - x);
        }
        else if (function == Hinge + 1)
        {
            value = GpuMath.AtLeast(0f, 1f + x);
        }
        else
        {
            value = -x;
        }

        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Derivative(int function, float x, float target)
    {
        var difference = x - target;
        var value = -1f;
        if (function == Squared)
        {
            value = 2f * difference;
        }
        else if (function == Absolute)
        {
            value = difference > 0f ? 1f : (difference < 0f ? -1f : difference);
        }
        else if (function == BinaryCrossEntropy)
        {
            value = GpuMath.Sigmoid(x) - target;
        }
        else if (function == Hinge)
        {
            value = x < 1f ? -1f : 0f;
        }
        else if (function == Hinge + 1)
        {
            value = x > -1f ? 1f : 0f;
        }

        return value;
    }

    internal struct SumParameters
    {
        public ArrayView<float> Prediction;
        public ArrayView<float> Target;
        public ArrayView<float> Sums;
        public int Function;
        public int Elements;
    }

    internal struct GradientParameters
    {
        public ArrayView<float> Prediction;
        public ArrayView<float> Target;
        public ArrayView<float> Weights;
        public ArrayView<float> LossGradient;
        public ArrayView<float> Gradient;
        public int Function;
        public int IsWeighted;
        public int Elements;
        public int Length;
        public float Scale;
    }
}
