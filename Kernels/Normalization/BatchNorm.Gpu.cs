using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>
/// GPU: the kernels of group normalisation, with the batch as the one image and each channel as a group; with running statistics, only
/// those passes that do not compute statistics.
/// </summary>
internal static class BatchNormKernels
{
    public static GpuVariant<BatchNormTrainingArguments> TrainingTree { get; } = new(
        "tree",
        (GpuDevice device, in BatchNormTrainingArguments arguments) => LaunchTraining(device, arguments, wide: false),
        [ChannelMomentsKernels.TreeKernel, GroupStatisticsKernels.Kernel, ChannelAffineKernels<PassThrough>.Kernel],
        preferredOn: DeviceClass.Gpu | DeviceClass.Simulator);

    public static GpuVariant<BatchNormTrainingArguments> TrainingWide { get; } = new(
        "wide",
        (GpuDevice device, in BatchNormTrainingArguments arguments) => LaunchTraining(device, arguments, wide: true),
        [ChannelMomentsKernels.WideKernel, GroupStatisticsKernels.Kernel, ChannelAffineKernels<PassThrough>.Kernel],
        preferredOn: DeviceClass.OpenClCpu);

    public static GpuVariant<BatchNormEvaluationArguments> Evaluation { get; } = new(
        "elementwise",
        LaunchEvaluation,
        [ForwardCoefficientsKernels.Kernel, ChannelAffineKernels<PassThrough>.Kernel]);

    private static void LaunchTraining(GpuDevice device, in BatchNormTrainingArguments arguments, bool wide) =>
        GroupNormKernels.Launch(
            device,
            new GroupNormArguments
            {
                Input = arguments.Input,
                Output = arguments.Output,
                Weight = arguments.Weight,
                Bias = arguments.Bias,
                Mean = arguments.Mean,
                ReciprocalDeviation = arguments.ReciprocalDeviation,
                Batch = 1,
                Pixels = arguments.Rows,
                Channels = arguments.Channels,
                Groups = arguments.Channels,
                Epsilon = arguments.Epsilon,
            },
            wide,
            arguments.RunningMean,
            arguments.RunningVariance,
            arguments.Momentum);

    private static void LaunchEvaluation(GpuDevice device, in BatchNormEvaluationArguments arguments)
    {
        using var coefficients = device.Rent<float>(Check.Elements(3, arguments.Channels));
        ForwardCoefficientsKernels.Launch(device, 1, new ForwardCoefficientsKernels.Parameters
        {
            Mean = device.View(arguments.RunningMean),
            Spread = device.View(arguments.RunningVariance),
            Affine = AffineOperands.Create(device, arguments.Weight, arguments.Bias),
            Result = device.View(coefficients.Span),
            IsVariance = 1,
            Stride = 3,
            Channels = arguments.Channels,
            Groups = arguments.Channels,
            Epsilon = arguments.Epsilon,
        });
        ChannelAffineKernels<PassThrough>.Launch(
            device, 1, arguments.Rows, arguments.Channels, arguments.Input, coefficients.Span, arguments.Output);
    }
}
