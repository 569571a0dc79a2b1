using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>GPU: moments of channels by parts of images, statistics of groups, then one pass from input to output.</summary>
internal static class GroupNormKernels
{
    /// <summary>Many threads and trees in shared memory.</summary>
    public static GpuVariant<GroupNormArguments> TreeVariant { get; } = new(
        "tree",
        (GpuDevice device, in GroupNormArguments arguments) => Launch(device, arguments, wide: false),
        [
            ChannelMomentsKernels.TreeKernel, GroupStatisticsKernels.Kernel,
            ChannelAffineKernels<FusedSilu>.Kernel, ChannelAffineKernels<PassThrough>.Kernel,
        ],
        preferredOn: DeviceClass.Gpu | DeviceClass.Simulator);

    /// <summary>Sixteen channels to a thread.</summary>
    public static GpuVariant<GroupNormArguments> WideVariant { get; } = new(
        "wide",
        (GpuDevice device, in GroupNormArguments arguments) => Launch(device, arguments, wide: true),
        [
            ChannelMomentsKernels.WideKernel, GroupStatisticsKernels.Kernel,
            ChannelAffineKernels<FusedSilu>.Kernel, ChannelAffineKernels<PassThrough>.Kernel,
        ],
        preferredOn: DeviceClass.OpenClCpu);

    /// <param name="device">Where to run.</param>
    /// <param name="arguments">Batch normalisation comes as one image whose groups are single channels.</param>
    /// <param name="wide">Which of the two variants.</param>
    /// <param name="runningMean">[groups], updated, or absent.</param>
    /// <param name="runningVariance">[groups], updated, or absent.</param>
    /// <param name="momentum">The part of the batch's statistics in the new running ones.</param>
    public static void Launch(
        GpuDevice device,
        in GroupNormArguments arguments,
        bool wide,
        DeviceSpan<float> runningMean = default,
        DeviceSpan<float> runningVariance = default,
        float momentum = 0)
    {
        if (arguments.Batch > RowGrid.MaximumGroups)
        {
            for (var first = 0; first < arguments.Batch; first += RowGrid.MaximumGroups)
            {
                Launch(device, arguments.OfImages(first, Math.Min(RowGrid.MaximumGroups, arguments.Batch - first)), wide);
            }

            return;
        }

        var split = ChannelSplit.ForGpu(arguments.Pixels, arguments.Channels);
        using var moments = device.Rent<float>(Check.Elements(arguments.Batch, split.Count, 2, arguments.Channels));
        using var coefficients = device.Rent<float>(Check.Elements(arguments.Batch, 3, arguments.Channels));
        ChannelMomentsKernels.Launch(device, wide, arguments.Batch, split, arguments.Input, moments.Span);
        GroupStatisticsKernels.Launch(device, wide, arguments.Batch, split, new GroupStatisticsKernels.Parameters
        {
            Input = device.View(arguments.Input),
            Moments = device.View(moments.Span),
            Affine = AffineOperands.Create(
                device, arguments.Weight, arguments.Bias, arguments.Scale, arguments.Shift, arguments.ImageStride),
            Mean = device.View(arguments.Mean),
            ReciprocalDeviation = device.View(arguments.ReciprocalDeviation),
            RunningMean = device.View(runningMean),
            RunningVariance = device.View(runningVariance),
            Coefficients = device.View(coefficients.Span),
            HasStatistics = arguments.Mean.IsAbsent ? 0 : 1,
            HasRunning = runningMean.IsAbsent ? 0 : 1,
            Rows = split.Rows,
            Channels = split.Channels,
            Groups = arguments.Groups,
            RowsPerPart = split.RowsPerPart,
            Parts = split.Count,
            Epsilon = arguments.Epsilon,
            Momentum = momentum,
        });
        if (arguments.Silu)
        {
            ChannelAffineKernels<FusedSilu>.Launch(
                device, arguments.Batch, split.Rows, split.Channels, arguments.Input, coefficients.Span, arguments.Output);
        }
        else
        {
            ChannelAffineKernels<PassThrough>.Launch(
                device, arguments.Batch, split.Rows, split.Channels, arguments.Input, coefficients.Span, arguments.Output);
        }
    }
}
