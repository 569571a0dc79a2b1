using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>GPU: two sums per channel by parts of images, coefficients of groups, then one pass for the input gradient.</summary>
internal static class GroupNormBackwardKernels
{
    /// <summary>Many threads and trees in shared memory; the activation's derivative is computed in both passes.</summary>
    public static GpuVariant<GroupNormBackwardArguments> TreeVariant { get; } = new(
        "tree",
        (GpuDevice device, in GroupNormBackwardArguments arguments) => Launch(device, arguments, wide: false),
        [
            ForwardCoefficientsKernels.Kernel,
            ChannelGradientSumsKernels.TreeKernel<FusedSilu>(), ChannelGradientSumsKernels.TreeKernel<PassThrough>(),
            GroupGradientKernels.Kernel,
            ChannelGradientKernels<FusedSilu>.InputKernel, ChannelGradientKernels<PassThrough>.InputKernel,
            ParameterGradientsKernels.Kernel,
        ],
        preferredOn: DeviceClass.Gpu | DeviceClass.Simulator);

    /// <summary>
    /// Sixteen channels to a thread. The activation's derivative is applied by a pass of its own, because an exponential function is
    /// vectorised across threads only, and not in loops.
    /// </summary>
    public static GpuVariant<GroupNormBackwardArguments> WideVariant { get; } = new(
        "wide",
        (GpuDevice device, in GroupNormBackwardArguments arguments) => Launch(device, arguments, wide: true),
        [
            ForwardCoefficientsKernels.Kernel, ChannelGradientKernels<FusedSilu>.ActivationKernel,
            ChannelGradientSumsKernels.WideKernel, GroupGradientKernels.Kernel, ChannelGradientKernels<PassThrough>.InputKernel,
            ParameterGradientsKernels.Kernel,
        ],
        preferredOn: DeviceClass.OpenClCpu);

    /// <param name="device">Where to run.</param>
    /// <param name="arguments">Batch normalisation comes as one image whose groups are single channels.</param>
    /// <param name="wide">Which of the two variants.</param>
    /// <param name="isConstant">Whether nothing is differentiated through the statistics.</param>
    public static void Launch(GpuDevice device, in GroupNormBackwardArguments arguments, bool wide, bool isConstant = false)
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
        using var coefficients = device.Rent<float>(
            Check.Elements(arguments.Batch, ChannelGradient.Coefficients, arguments.Channels));
        ForwardCoefficientsKernels.Launch(device, arguments.Batch, new ForwardCoefficientsKernels.Parameters
        {
            Mean = device.View(arguments.Mean),
            Spread = device.View(arguments.ReciprocalDeviation),
            Affine = Affine(device, arguments),
            Result = device.View(coefficients.Span),
            Stride = ChannelGradient.Coefficients,
            Channels = arguments.Channels,
            Groups = arguments.Groups,
        });

        if (wide && arguments.Silu)
        {
            using var activation = device.Rent<float>(arguments.InputGradient.IsAbsent ? arguments.Input.Length : 0);
            var gradient = arguments.InputGradient.IsAbsent ? activation.Span : arguments.InputGradient;
            ChannelGradientKernels<FusedSilu>.Launch(
                device,
                ChannelGradientKernels<FusedSilu>.ActivationKernel,
                arguments.Batch,
                split,
                arguments.Input,
                arguments.OutputGradient,
                coefficients.Span,
                gradient);
            Launch<PassThrough>(device, arguments, wide, isConstant, split, gradient, coefficients.Span);
        }
        else if (arguments.Silu)
        {
            Launch<FusedSilu>(device, arguments, wide, isConstant, split, arguments.OutputGradient, coefficients.Span);
        }
        else
        {
            Launch<PassThrough>(device, arguments, wide, isConstant, split, arguments.OutputGradient, coefficients.Span);
        }
    }

    private static void Launch<TFunction>(
        GpuDevice device,
        in GroupNormBackwardArguments arguments,
        bool wide,
        bool isConstant,
        ChannelSplit split,
        DeviceSpan<float> outputGradient,
        DeviceSpan<float> coefficients)
        where TFunction : struct, IGpuNormalizedFunction
    {
        using var sums = device.Rent<float>(Check.Elements(arguments.Batch, split.Count, ChannelGradientSums.Count, arguments.Channels));
        using var parameters = device.Rent<float>(Check.Elements(arguments.Batch, 2, arguments.Channels));
        ChannelGradientSumsKernels.Launch(
            device,
            wide ? ChannelGradientSumsKernels.WideKernel : ChannelGradientSumsKernels.TreeKernel<TFunction>(),
            arguments.Batch,
            split,
            arguments.Input,
            outputGradient,
            coefficients,
            sums.Span);
        GroupGradientKernels.Launch(device, wide, arguments.Batch, new GroupGradientKernels.Parameters
        {
            Sums = device.View(sums.Span),
            ReciprocalDeviation = device.View(arguments.ReciprocalDeviation),
            Affine = Affine(device, arguments),
            Coefficients = device.View(coefficients),
            Parameter = device.View(parameters.Span),
            ScaleGradient = device.View(arguments.ScaleGradient),
            ShiftGradient = device.View(arguments.ShiftGradient),
            HasScaleGradient = arguments.ScaleGradient.IsAbsent ? 0 : 1,
            HasShiftGradient = arguments.ShiftGradient.IsAbsent ? 0 : 1,
            ImageStride = arguments.ImageStride,
            IsConstant = isConstant ? 1 : 0,
            Rows = split.Rows,
            Channels = split.Channels,
            Groups = arguments.Groups,
            Parts = split.Count,
        });
        if (!arguments.InputGradient.IsAbsent)
        {
            ChannelGradientKernels<TFunction>.Launch(
                device,
                ChannelGradientKernels<TFunction>.InputKernel,
                arguments.Batch,
                split,
                arguments.Input,
                outputGradient,
                coefficients,
                arguments.InputGradient);
        }

        ParameterGradientsKernels.Launch(
            device,
            arguments.Batch,
            arguments.Channels,
            parameters.Span,
            arguments.WeightGradient,
            arguments.BiasGradient,
            arguments.Accumulate);
    }

    private static AffineOperands Affine(GpuDevice device, in GroupNormBackwardArguments arguments) => AffineOperands.Create(
        device, arguments.Weight, arguments.Bias, arguments.Scale, arguments.Shift, arguments.ImageStride);
}
