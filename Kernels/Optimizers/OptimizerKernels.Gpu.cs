using ILGPU;
using ILGPU.Algorithms;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Optimizers;

/// <summary>One thread per parameter. A gradient norm is read from the device, so that the host need not wait for it.</summary>
internal static class OptimizerKernels
{
    private static readonly GpuKernel<AdamWParameters> AdamWKernel = new(AdamW);
    private static readonly GpuKernel<ClipParameters> ClipKernel = new(Clip);
    private static readonly GpuKernel<AverageParameters> AverageKernel = new(Average);

    public static GpuVariant<AdamWArguments> AdamWVariant { get; } = new("elementwise", LaunchAdamW, [AdamWKernel]);

    public static GpuVariant<ClipByNormArguments> ClipVariant { get; } = new("elementwise", LaunchClip, [ClipKernel]);

    public static GpuVariant<ExponentialAverageArguments> AverageVariant { get; } = new("elementwise", LaunchAverage, [AverageKernel]);

    private static void LaunchAdamW(GpuDevice device, in AdamWArguments arguments) =>
        device.LaunchElementwise(AdamWKernel, arguments.Parameters.Length, new AdamWParameters
        {
            Parameters = device.View(arguments.Parameters),
            Gradients = device.View(arguments.Gradients),
            FirstMoments = device.View(arguments.FirstMoments),
            SecondMoments = device.View(arguments.SecondMoments),
            Norm = device.View(arguments.GradientNorm),
            HasNorm = arguments.GradientNorm.IsAbsent ? 0 : 1,
            MaximumNorm = arguments.MaximumGradientNorm,
            Step = AdamWStep.Of(arguments),
            Length = arguments.Parameters.Length,
        });

    private static void LaunchClip(GpuDevice device, in ClipByNormArguments arguments) =>
        device.LaunchElementwise(ClipKernel, arguments.Gradients.Length, new ClipParameters
        {
            Gradients = device.View(arguments.Gradients),
            Norm = device.View(arguments.Norm),
            MaximumNorm = arguments.MaximumNorm,
            Length = arguments.Gradients.Length,
        });

    private static void LaunchAverage(GpuDevice device, in ExponentialAverageArguments arguments) =>
        device.LaunchElementwise(AverageKernel, arguments.Average.Length, new AverageParameters
        {
            Average = device.View(arguments.Average),
            Parameters = device.View(arguments.Parameters),
            Rest = 1 - arguments.Decay,
            Length = arguments.Average.Length,
        });

    internal static void AdamW(AdamWParameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            var scale = 1f;
            var isFinite = true;
            if (p.HasNorm != 0)
            {
                var norm = p.Norm[0];

                // Infinity minus itself is not a number, and neither equals zero.
                isFinite = norm - norm == 0f;
                scale = p.MaximumNorm / (norm + AdamWStep.NormEpsilon);
                scale = scale < 1f ? scale : 1f;
            }

            if (isFinite)
            {
                var gradient = p.Gradients[i] * scale;
                var first = (p.Step.Beta1 * p.FirstMoments[i]) + (p.Step.Rest1 * gradient);
                var second = (p.Step.Beta2 * p.SecondMoments[i]) + (p.Step.Rest2 * gradient * gradient);
                p.FirstMoments[i] = first;
                p.SecondMoments[i] = second;
                p.Parameters[i] = (p.Parameters[i] * p.Step.Keep)
                    - (p.Step.StepSize * first / ((XMath.Sqrt(second) * p.Step.RootCorrection) + p.Step.Epsilon));
            }
        }
    }

    internal static void Clip(ClipParameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            var norm = p.Norm[0];
            var scale = p.MaximumNorm / (norm + AdamWStep.NormEpsilon);
            var clipped = p.Gradients[i] * (scale < 1f ? scale : 1f);
            p.Gradients[i] = norm - norm == 0f ? clipped : 0f;
        }
    }

    internal static void Average(AverageParameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            var average = p.Average[i];
            p.Average[i] = average - (p.Rest * (average - p.Parameters[i]));
        }
    }

    internal struct AdamWParameters
    {
        public ArrayView<float> Parameters;
        public ArrayView<float> Gradients;
        public ArrayView<float> FirstMoments;
        public ArrayView<float> SecondMoments;
        public ArrayView<float> Norm;
        public int HasNorm;
        public float MaximumNorm;
        public AdamWStep Step;
        public int Length;
    }

    internal struct ClipParameters
    {
        public ArrayView<float> Gradients;
        public ArrayView<float> Norm;
        public float MaximumNorm;
        public int Length;
    }

    internal struct AverageParameters
    {
        public ArrayView<float> Average;
        public ArrayView<float> Parameters;
        public float Rest;
        public int Length;
    }
}
