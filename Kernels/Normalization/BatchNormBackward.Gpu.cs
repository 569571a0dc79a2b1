using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>GPU: the kernels of group normalisation, with the batch as the one image and each channel as a group.</summary>
internal static class BatchNormBackwardKernels
{
    private static readonly GpuKernel[] TreeKernels =
    [
        ForwardCoefficientsKernels.Kernel, ChannelGradientSumsKernels.TreeKernel<PassThrough>(), GroupGradientKernels.Kernel,
        ChannelGradientKernels<PassThrough>.InputKernel, ParameterGradientsKernels.Kernel,
    ];

    private static readonly GpuKernel[] WideKernels =
    [
        ForwardCoefficientsKernels.Kernel, ChannelGradientSumsKernels.WideKernel, GroupGradientKernels.Kernel,
        ChannelGradientKernels<PassThrough>.InputKernel, ParameterGradientsKernels.Kernel,
    ];

    public static GpuVariant<BatchNormTrainingBackwardArguments> TrainingTree { get; } = new(
        "tree",
        (GpuDevice device, in BatchNormTrainingBackwardArguments arguments) => LaunchTraining(device, arguments, wide: false),
        TreeKernels,
        preferredOn: DeviceClass.Gpu | DeviceClass.Simulator);

    public static GpuVariant<BatchNormTrainingBackwardArguments> TrainingWide { get; } = new(
        "wide",
        (GpuDevice device, in BatchNormTrainingBackwardArguments arguments) => LaunchTraining(device, arguments, wide: true),
        WideKernels,
        preferredOn: DeviceClass.OpenClCpu);

    public static GpuVariant<BatchNormEvaluationBackwardArguments> EvaluationTree { get; } = new(
        "tree",
        (GpuDevice device, in BatchNormEvaluationBackwardArguments arguments) => LaunchEvaluation(device, arguments, wide: false),
        TreeKernels,
        preferredOn: DeviceClass.Gpu | DeviceClass.Simulator);

    public static GpuVariant<BatchNormEvaluationBackwardArguments> EvaluationWide { get; } = new(
        "wide",
        (GpuDevice device, in BatchNormEvaluationBackwardArguments arguments) => LaunchEvaluation(device, arguments, wide: true),
        WideKernels,
        preferredOn: DeviceClass.OpenClCpu);

    private static void LaunchTraining(GpuDevice device, in BatchNormTrainingBackwardArguments arguments, bool wide) =>
        GroupNormBackwardKernels.Launch(
            device,
            new GroupNormBackwardArguments
            {
                Input = arguments.Input,
                Mean = arguments.Mean,
                ReciprocalDeviation = arguments.ReciprocalDeviation,
                OutputGradient = arguments.OutputGradient,
                Weight = arguments.Weight,
                InputGradient = arguments.InputGradient,
                WeightGradient = arguments.WeightGradient,
                BiasGradient = arguments.BiasGradient,
                Accumulate = arguments.Accumulate,
                Batch = 1,
                Pixels = arguments.Rows,
                Channels = arguments.Channels,
                Groups = arguments.Channels,
            },
            wide);

    private static void LaunchEvaluation(GpuDevice device, in BatchNormEvaluationBackwardArguments arguments, bool wide)
    {
        // Without weight and bias, the factors are the reciprocal deviations.
        using var coefficients = device.Rent<float>(Check.Elements(3, arguments.Channels));
        ForwardCoefficientsKernels.Launch(device, 1, new ForwardCoefficientsKernels.Parameters
        {
            Mean = device.View(arguments.RunningMean),
            Spread = device.View(arguments.RunningVariance),
            Affine = AffineOperands.Create(device, default, default),
            Result = device.View(coefficients.Span),
            IsVariance = 1,
            Stride = 3,
            Channels = arguments.Channels,
            Groups = arguments.Channels,
            Epsilon = arguments.Epsilon,
        });
        GroupNormBackwardKernels.Launch(
            device,
            new GroupNormBackwardArguments
            {
                Input = arguments.Input,
                Mean = arguments.RunningMean,
                ReciprocalDeviation = coefficients.Span.Slice(arguments.Channels, arguments.Channels),
                OutputGradient = arguments.OutputGradient,
                Weight = arguments.Weight,
                InputGradient = arguments.InputGradient,
                WeightGradient = arguments.WeightGradient,
                BiasGradient = arguments.BiasGradient,
                Accumulate = arguments.Accumulate,
                Batch = 1,
                Pixels = arguments.Rows,
                Channels = arguments.Channels,
                Groups = arguments.Channels,
            },
            wide,
            isConstant: true);
    }
}
