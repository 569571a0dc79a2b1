using ILGPU;
using ILGPU.Algorithms;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Losses;

/// <summary>
/// Forward: a power of two of threads shares the classes of a position, and a group goes over a fixed run of positions of one sample
/// whose losses and weights it adds in a tree. Backward: one thread per logit.
/// </summary>
internal static class CrossEntropyKernels
{
    private const int GroupSize = 128;

    /// <summary>Positions that a thread sees at the most.</summary>
    private const int Steps = 8;

    private static readonly GpuKernel<RowParameters> RowKernel = new(Rows);
    private static readonly GpuKernel<GradientParameters> GradientKernel = new(Gradient);

    public static GpuVariant<CrossEntropyArguments> Variant { get; } =
        new("tree", Launch, [RowKernel, LossReduction.SampleKernel, LossReduction.MeanKernel]);

    public static GpuVariant<CrossEntropyGradientArguments> GradientVariant { get; } =
        new("elementwise", LaunchGradient, [GradientKernel]);

    private static void Launch(GpuDevice device, in CrossEntropyArguments arguments)
    {
        var lanes = 1;
        while (lanes < GroupSize && 2 * lanes <= arguments.Classes)
        {
            lanes *= 2;
        }

        var parts = ((arguments.Positions - 1) / (Steps * (GroupSize / lanes))) + 1;
        using var sums = device.Rent<float>(2 * arguments.Samples * parts);
        device.Launch(RowKernel, new Index3D(parts, arguments.Samples, 1), new Index3D(GroupSize, 1, 1), new RowParameters
        {
            Logits = device.View(arguments.Logits),
            Labels = device.View(arguments.Labels),
            ClassWeights = device.View(arguments.ClassWeights),
            LogSumExp = device.View(arguments.LogSumExp),
            Sums = device.View(sums.Span),
            Lanes = lanes,
            Positions = arguments.Positions,
            Classes = arguments.Classes,
            HasClassWeights = arguments.ClassWeights.IsAbsent ? 0 : 1,
            HasIgnored = arguments.IgnoredLabel.HasValue ? 1 : 0,
            Ignored = arguments.IgnoredLabel.GetValueOrDefault(),
        });
        LossReduction.LaunchSamples(
            device, sums.Span, arguments.WeightSums, arguments.SampleLosses, arguments.Samples, parts, 1);
        LossReduction.LaunchMean(device, arguments.SampleLosses, arguments.SampleWeights, arguments.Loss, arguments.Samples);
    }

    private static void LaunchGradient(GpuDevice device, in CrossEntropyGradientArguments arguments) =>
        device.LaunchElementwise(GradientKernel, arguments.LogitGradient.Length, new GradientParameters
        {
            Logits = device.View(arguments.Logits),
            Labels = device.View(arguments.Labels),
            ClassWeights = device.View(arguments.ClassWeights),
            SampleWeights = device.View(arguments.SampleWeights),
            LogSumExp = device.View(arguments.LogSumExp),
            WeightSums = device.View(arguments.WeightSums),
            LossGradient = device.View(arguments.LossGradient),
            LogitGradient = device.View(arguments.LogitGradient),
            Positions = arguments.Positions,
            Classes = arguments.Classes,
            Length = arguments.LogitGradient.Length,
            HasClassWeights = arguments.ClassWeights.IsAbsent ? 0 : 1,
            HasSampleWeights = arguments.SampleWeights.IsAbsent ? 0 : 1,
            HasIgnored = arguments.IgnoredLabel.HasValue ? 1 : 0,
            Ignored = arguments.IgnoredLabel.GetValueOrDefault(),
            Scale = 1f / arguments.Samples,
        });

    internal static void Rows(RowParameters p)
    {
        var maxima = SharedMemory.Allocate<float>(GroupSize);
        var sums = SharedMemory.Allocate<float>(GroupSize);
        var thread = Group.IdxX;
        var slot = thread / p.Lanes;
        var slots = GroupSize / p.Lanes;
        var lane = thread - (slot * p.Lanes);
        var sample = Grid.IdxY;
        var start = Grid.IdxX * Steps * slots;
        var loss = 0f;
        var weightSum = 0f;
        for (var step = 0; step < Steps && start + (step * slots) < p.Positions; step++)
        {
            var position = start + (step * slots) + slot;
            var row = (sample * p.Positions) + position;
            var first = row * p.Classes;
            var end = position < p.Positions ? p.Classes : 0;
            var top = float.NegativeInfinity;
            for (var c = lane; c < end; c += p.Lanes)
            {
                var logit = p.Logits[first + c];
                top = logit > top ? logit : top;
            }

            maxima[thread] = top;
            Group.Barrier();
            for (var stride = p.Lanes / 2; stride > 0; stride /= 2)
            {
                if (lane < stride)
                {
                    var other = maxima[thread + stride];
                    maxima[thread] = other > maxima[thread] ? other : maxima[thread];
                }

                Group.Barrier();
            }

            top = maxima[slot * p.Lanes];
            var sum = 0f;
            for (var c = lane; c < end; c += p.Lanes)
            {
                sum += XMath.Exp(p.Logits[first + c] - top);
            }

            sums[thread] = sum;
            Group.Barrier();
            for (var stride = p.Lanes / 2; stride > 0; stride /= 2)
            {
                if (lane < stride)
                {
                    sums[thread] += sums[thread + stride];
                }

                Group.Barrier();
            }

            if (lane == 0 && end > 0)
            {
                var logarithm = GpuMath.Log(sums[thread]);
                p.LogSumExp[row] = top + logarithm;
                var label = p.Labels[row];
                if (p.HasIgnored == 0 || label != p.Ignored)
                {
                    if (label >= 0 && label < p.Classes)
                    {
                        var weight = 1f;
                        if (p.HasClassWeights != 0)
                        {
                            weight = p.ClassWeights[label];
                        }

                        loss += weight * (top - p.Logits[first + label] + logarithm);
                        weightSum += weight;
                    }
                    else
                    {
                        loss = float.NaN;
                    }
                }
            }
        }

        maxima[thread] = loss;
        sums[thread] = weightSum;
        Group.Barrier();
        for (var stride = GroupSize / 2; stride > 0; stride /= 2)
        {
            if (thread < stride)
            {
                maxima[thread] += maxima[thread + stride];
                sums[thread] += sums[thread + stride];
            }

            Group.Barrier();
        }

        if (thread == 0)
        {
            var at = (sample * 2 * Grid.DimX) + Grid.IdxX;
            p.Sums[at] = maxima[0];
            p.Sums[at + Grid.DimX] = sums[0];
        }
    }

    internal static void Gradient(GradientParameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            var row = i / p.Classes;
            var c = i - (row * p.Classes);
            var sample = row / p.Positions;
            var label = p.Labels[row];
            var gradient = 0f;
            if (p.HasIgnored == 0 || label != p.Ignored)
            {
                gradient = float.NaN;
                if (label >= 0 && label < p.Classes)
                {
                    var factor = p.LossGradient[0] * p.Scale;
                    if (p.HasSampleWeights != 0)
                    {
                        factor *= p.SampleWeights[sample];
                    }

                    if (p.HasClassWeights != 0)
                    {
                        factor *= p.ClassWeights[label];
                    }

                    var weightSum = p.WeightSums[sample];
                    factor = weightSum == 0f ? 0f : factor / weightSum;
                    gradient = factor * (XMath.Exp(p.Logits[i] - p.LogSumExp[row]) - (c == label ? 1f : 0f));
                }
            }

            p.LogitGradient[i] = gradient;
        }
    }

    internal struct RowParameters
    {
        public ArrayView<float> Logits;
        public ArrayView<int> Labels;
        public ArrayView<float> ClassWeights;
        public ArrayView<float> LogSumExp;
        public ArrayView<float> Sums;
        public int Lanes;
        public int Positions;
        public int Classes;
        public int HasClassWeights;
        public int HasIgnored;
        public int Ignored;
    }

    internal struct GradientParameters
    {
        public ArrayView<float> Logits;
        public ArrayView<int> Labels;
        public ArrayView<float> ClassWeights;
        public ArrayView<float> SampleWeights;
        public ArrayView<float> LogSumExp;
        public ArrayView<float> WeightSums;
        public ArrayView<float> LossGradient;
        public ArrayView<float> LogitGradient;
        public int Positions;
        public int Classes;
        public int Length;
        public int HasClassWeights;
        public int HasSampleWeights;
        public int HasIgnored;
        public int Ignored;
        public float Scale;
    }
}
